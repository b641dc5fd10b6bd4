// Counts patterns that make comments hard to read, per 1,000 comment lines:
// `node scripts/prose.mjs [--list] [path ...]`. A test compares the counts with `BOUND`.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { root } from './paths.mjs'

/**
 * Patterns of a comment line, or (`opens`) of the first line of a comment. The count of each must stay under the bound.
 */
export const PATTERNS = [
  {
    name: 'opens with a question word',
    opens: true,
    pattern: /^(What|Who|Whom|Whose|Which|Why|How|Where|When|Whether|So many|So much|As many|As much)\b/,
  },
  {
    name: 'opens with a preposition',
    opens: true,
    pattern: /^(Of|By|Under|Behind|Beside|Besides|Without|Beyond|Nor|Else|Until then|To)\b/,
  },
  { name: 'somebody, nobody, whoever', pattern: /\b(some|no|any|every)body\b|\bwho(ever|soever)\b|\bno one\b/i },
  {
    name: '"for" as because',
    pattern:
      /[,;:] for (it|its|they|their|who|what|which|nothing|there|the|a|an|each|all|that|this|these|those)\b(?! \w+ing\b)/,
  },
]
/** Maximum count of each pattern in 1,000 comment lines. */
export const BOUND = 5

const CODE = /\.(rs|ts|mts|cts)$/
const LEFT_OUT = /(^|\/)generated\/|\.d\.ts$/

/** Returns the comment lines of a file: `{ line, text, opens }`. `opens` is true for the first line of a comment. */
export function comments(source) {
  const found = []
  let block = false
  let before = false
  for (const [index, raw] of source.split('\n').entries()) {
    const line = raw.trim()
    let text
    if (block || line.startsWith('/*')) {
      text = line
        .replace(/^\/\*+!?/, '')
        .replace(/\*\/.*$/, '')
        .replace(/^\*\s?/, '')
        .trim()
      block = !line.includes('*/')
    } else text = line.match(/^\/\/[/!]?\s?(.*)$/)?.[1]?.trim()
    if (text === undefined) before = false
    else {
      if (text !== '') found.push({ line: index + 1, text, opens: !before || /^@\w+/.test(text) })
      before = text !== ''
    }
  }
  return found
}

/** Returns the product's source files that git tracks, without generated files. */
export function sources(paths = ['src', 'js']) {
  const listed = execFileSync('git', ['ls-files', ...paths], { cwd: root, encoding: 'utf8' }).split('\n')
  return listed.filter((path) => CODE.test(path) && !LEFT_OUT.test(path))
}

/**
 * Returns `{ lines, counts: { [name]: number }, hits }` for these files. `hits` are the lines that contain a pattern.
 */
export function count(paths) {
  const counts = Object.fromEntries(PATTERNS.map(({ name }) => [name, 0]))
  const hits = []
  let lines = 0
  for (const path of paths)
    for (const { line, text, opens } of comments(readFileSync(`${root}/${path}`, 'utf8'))) {
      lines++
      for (const { name, pattern, opens: first } of PATTERNS)
        if ((!first || opens) && pattern.test(text)) {
          counts[name]++
          hits.push(`${path}:${line}: ${name}: ${text}`)
        }
    }
  return { lines, counts, hits }
}

if (process.argv[1]?.endsWith('prose.mjs')) {
  const list = process.argv.includes('--list')
  const paths = process.argv.slice(2).filter((arg) => arg !== '--list')
  const { lines, counts, hits } = count(sources(paths.length > 0 ? paths : undefined))
  if (list) for (const hit of hits) console.log(hit)
  console.log(`${lines} comment lines`)
  for (const [name, times] of Object.entries(counts))
    console.log(`${name}: ${times}, ${((times * 1000) / lines).toFixed(1)} of 1,000`)
}
