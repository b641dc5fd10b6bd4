// The examples in the documentation: each block of JavaScript or TypeScript, where it stands, and a way to run it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { files } from '../../scripts/build-cache.mjs'
import { at } from '../../scripts/paths.mjs'

const PLACES = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'catalog', 'docs']
const BLOCK = /^```(?:[cm]?[jt]sx?|javascript|typescript)\b.*\n([\s\S]+?)^```/gm

/** Their imports apart, for those stand at the top of a module, and the rest in a function. */
function blocks(file) {
  const page = readFileSync(at(file), 'utf8')
  return [...page.matchAll(BLOCK)].map(({ 1: text, index }) => {
    const part = (wanted) => text.split('\n').filter((line) => line.startsWith('import ') === wanted)
    const line = page.slice(0, index).split('\n').length + 1
    return { file, line, text, imports: part(true).join('\n'), code: part(false).join('\n') }
  })
}

/** All of them. */
export const EXAMPLES = PLACES.flatMap((place) => files(place))
  .filter((file) => file.endsWith('.md'))
  .flatMap(blocks)

/** Those of a page, by a word that only one of them has; `untouched` gives those which nobody has asked for. */
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

/** Runs code with these names in it; resolves to what it ends with. */
export function run(code, scope) {
  const AsyncFunction = (async () => {}).constructor
  return new AsyncFunction(...Object.keys(scope), code)(...Object.values(scope))
}
