// Tests that every example in the documents fits the types, with TypeScript's strictest settings.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { files } from '../scripts/build-cache.mjs'
import { at, json } from '../scripts/paths.mjs'
import { node } from './support/child.mjs'
import { EXAMPLES } from './support/examples.mjs'
import { GIVEN } from './support/given.mjs'

/** Makes a folder inside the package, so that `eko-eps` is this package. */
function folder(context) {
  mkdirSync(at('target'), { recursive: true })
  const path = mkdtempSync(at('target', 'examples-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

/** Returns TypeScript's messages about these files. */
async function compiled(path, sources) {
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(path, name), text)
  const { compilerOptions } = json('__test__', 'types', 'tsconfig.json')
  const config = { compilerOptions: { ...compilerOptions, noUnusedLocals: false }, files: Object.keys(sources) }
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify(config))
  return (await node([at('node_modules', 'typescript', 'bin', 'tsc'), '-p', path])).stdout
}

/**
 * Returns the source of an example. An example with exports is a module and stays as it is; any other is put into a
 * function.
 */
function source({ file, text, imports, code }) {
  if (/^export /m.test(text)) return text
  const given = GIVEN[file].split('\n')
  const own = imports.split('\n').filter((line) => !given.includes(line))
  return `${[...own, ...given].join('\n')}\nexport async function example() {\n${code}\n}\n`
}

const PG = `declare module 'pg' { const pg: { Pool: new () => import('eko-eps/postgres').Queryable }; export default pg }`

test('every example fits the types', async (context) => {
  // The examples are counted in another way than they were found.
  const pages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'catalog', 'docs'].flatMap((place) => files(place))
  const fences = pages
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      readFileSync(at(file), 'utf8')
        .split('\n')
        .filter((line) => /^\s*(?:```|~~~)\s*(?:[cm]?[jt]sx?|(?:java|type)script)\b/i.test(line)),
    )
  assert.equal(EXAMPLES.length, fences.length)
  assert.ok(EXAMPLES.length >= 22, `${EXAMPLES.length} examples`)
  const named = EXAMPLES.map((example) => {
    assert.ok(example.file in GIVEN, `__test__/support/given.mjs says what ${example.file} takes for given`)
    return [`${example.file.replace(/\W+/g, '-')}-line-${example.line}.mts`, source(example)]
  })
  assert.equal(await compiled(folder(context), { ...Object.fromEntries(named), 'pg.d.ts': PG }), '')
  context.diagnostic(`${named.length} examples compiled`)
})

test('an example that does not fit would be told', async (context) => {
  const [first] = EXAMPLES
  const spoilt = source({ ...first, code: first.code.replace('getCustomer(', 'getCostumer(') })
  assert.match(await compiled(folder(context), { 'spoilt.mts': spoilt }), /'getCostumer' does not exist/)
})

test('the documented JournalStore matches the exported interface', async (context) => {
  const { code } = EXAMPLES.find(({ text }) => text.includes('interface JournalStore'))
  const both = `import type { JournalStore as Taken, JournalRow } from 'eko-eps'
    ${code}
    export const both: [(own: JournalStore) => Taken, (taken: Taken) => JournalStore] = [(own) => own, (taken) => taken]`
  assert.equal(await compiled(folder(context), { 'store.mts': both }), '')
})
