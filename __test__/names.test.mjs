// Tests that no two types of the Rust sources share a name, so that a search for a type finds one definition.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { root } from '../scripts/paths.mjs'

const TYPE = /^(?:pub(?:\([a-z: ]+\))? )?(?:unsafe )?(?:struct|enum|trait|type|union) ([A-Z]\w*)/gm

/** Returns the names of the top-level types in these sources, and the files that define each. */
function types(sources) {
  const found = new Map()
  for (const [path, source] of sources)
    for (const [, name] of source.matchAll(TYPE)) found.set(name, [...(found.get(name) ?? []), path])
  return found
}

test('no two types of src share a name, but for what is generated', () => {
  const listed = execFileSync('git', ['ls-files', 'src/*.rs'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  const paths = listed.filter((path) => !path.includes('/generated/'))
  const all = types(paths.map((path) => [path, readFileSync(`${root}/${path}`, 'utf8')]))
  assert.ok(all.size > 250, `${all.size} types`)
  assert.deepEqual(
    [...all].filter(([, places]) => places.length > 1),
    [],
  )
})

test('a second type of a name is noticed, however it is written', () => {
  const all = types([
    ['a.rs', 'pub(crate) struct Row {\n'],
    ['b.rs', 'enum Row {\n    struct Not\n'],
    ['c.rs', "pub(super) type Other<'a> = u8;\n"],
  ])
  assert.deepEqual(
    [...all],
    [
      ['Row', ['a.rs', 'b.rs']],
      ['Other', ['c.rs']],
    ],
  )
})
