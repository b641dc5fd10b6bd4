// Compares a table in the documents with the results of a test run.
import { deepEqual } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { at } from '../../scripts/paths.mjs'

/** Returns the lines of a Markdown table. */
export function lines(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/**
 * Compares the table of this name in a file with `rows`, except the columns in `ignore`. With `of`, only its rows for
 * which this returns true are compared. With `update` these are written anew instead, before the others.
 */
export function compare({ file, name, head, rows, ignore = [], of = () => true, update = false }) {
  const text = readFileSync(at(file), 'utf8')
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
  const [before, rest] = text.split(begin)
  const [old, after] = rest?.split(end) ?? []
  if (after === undefined) throw new Error(`${file} has no table between ${begin.trim()} and ${end}`)
  const cells = (line) => line.slice(2, -2).split(' | ')
  const [written, , ...kept] = old.trim().split('\n').map(cells)
  if (update) {
    const table = lines(head, [...rows, ...kept.filter((row) => !of(row))])
    return writeFileSync(at(file), `${before}${begin}${table}\n${end}${after}`)
  }
  const shown = (row) => row.filter((_, index) => !ignore.includes(head[index])).join(' | ')
  const advice = `the table "${name}" in ${file} is not what ran; the same command with --update rewrites it`
  deepEqual(written, head, advice)
  deepEqual(rows.filter(of).map(shown), kept.filter(of).map(shown), advice)
}
