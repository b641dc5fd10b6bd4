// The README's first example, as it stands there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { node } from './support/child.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

test('the ten-line example does what its comments say', async () => {
  const example = /```js\n([\s\S]+?)```/.exec(readFileSync(`${root}README.md`, 'utf8'))[1]
  const code = example.split('\n').filter((line) => line.trim() !== '')
  assert.ok(code.length <= 10, `${code.length} lines`)
  const { code: exit, stdout, stderr } = await node(['--input-type=module', '--eval', example], { cwd: root })
  assert.equal(stderr, '')
  assert.equal(exit, 0)
  const told = /console\.log\(first.+\/\/ (.+)/.exec(example)[1]
  assert.equal(stdout.trim(), told)
})
