// Tests that docs/evidence/security.md stays right: it has all its items, and every test that it names exists in the
// named file.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const items = readFileSync(`${root}docs/evidence/security.md`, 'utf8').split(/^## /m).slice(1)

/** Says whether a test or step of this name is in the source, as a quoted name or as the function of a Rust test. */
function stands(source, name) {
  const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``].some((text) => source.includes(text))
  const rust = new RegExp(`#\\[(?:tokio::)?test\\b[^\\]]*\\]\\s*(?:#\\[[^\\]]*\\]\\s*)*(?:async )?fn ${name}\\(`)
  return quoted || (/^\w+$/.test(name) && rust.test(source))
}

test('there are 26 items, in order, and each names a test', () => {
  assert.deepEqual(
    items.map((item) => Number.parseInt(item, 10)),
    Array.from({ length: 26 }, (_, index) => index + 1),
  )
  for (const item of items) assert.match(item, /^- `[^`]+`: `/m)
})

for (const item of items) {
  const [title] = item.split('\n')
  test(`the tests of ${title}`, () => {
    const named = [...item.matchAll(/^- `(?<file>[^`]+)`: `(?<name>.+)`$/gm)].map(({ groups }) => groups)
    assert.equal(named.length, item.match(/^- /gm).length, 'each line names a file and a test')
    for (const { file, name } of named)
      assert.ok(stands(readFileSync(`${root}${file}`, 'utf8'), name), `${file} has no test ${name}`)
  })
}

test('a name that is none is noticed', () => {
  assert.ok(!stands("test('another', () => {})", 'one'))
  assert.ok(!stands('fn helper() {}', 'helper'))
  assert.ok(stands('#[test]\n    fn one() {}', 'one') && stands('#[tokio::test]\nasync fn one() {}', 'one'))
})
