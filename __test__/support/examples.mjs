// The examples in the documents: each block of JavaScript or TypeScript with its place, and a function that runs it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { files } from '../../scripts/build-cache.mjs'
import { at } from '../../scripts/paths.mjs'

const PLACES = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'catalog', 'docs']
const BLOCK = /^```(?:[cm]?[jt]sx?|javascript|typescript)\b.*\n([\s\S]+?)^```/gm

/**
 * Returns the blocks of a page. The imports are apart, because a module must begin with them while the rest runs in a
 * function.
 */
function blocks(file) {
  const page = readFileSync(at(file), 'utf8')
  return [...page.matchAll(BLOCK)].map(({ 1: text, index }) => {
    const part = (wanted) => text.split('\n').filter((line) => line.startsWith('import ') === wanted)
    const line = page.slice(0, index).split('\n').length + 1
    return { file, line, text, imports: part(true).join('\n'), code: part(false).join('\n') }
  })
}

/** The examples of all pages. */
export const EXAMPLES = PLACES.flatMap((place) => files(place))
  .filter((file) => file.endsWith('.md'))
  .flatMap(blocks)

/**
 * Finds the examples of a page, each by a word that only it has. `untouched` returns those that no test has asked for.
 */
export function examplesOf(file) {
  const own = EXAMPLES.filter((example) => example.file === file)
  const rest = new Set(own)
  const example = (word) => {
    const found = own.filter(({ text }) => text.includes(word))
    assert.equal(found.length, 1, `one example of ${file} has ${word}`)
    rest.delete(found[0])
    return found[0]
  }
  return { example, untouched: () => [...rest].map(({ text }) => text) }
}

/** Runs code with these names in scope. Resolves to the value that it returns. */
export function run(code, scope) {
  const AsyncFunction = (async () => {}).constructor
  return new AsyncFunction(...Object.keys(scope), code)(...Object.values(scope))
}
