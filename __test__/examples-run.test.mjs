// Tests that run the examples unchanged, against the sandbox.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { node } from './support/child.mjs'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

test('examples/transfer.ts settles a transfer', async () => {
  const { code } = transformSync(readFileSync(at('examples/transfer.ts'), 'utf8'), { loader: 'ts', format: 'esm' })
  mkdirSync(at('target/examples'), { recursive: true })
  writeFileSync(at('target/examples/transfer.mjs'), code)
  const { code: exit, stdout, stderr } = await node([at('target/examples/transfer.mjs')])
  assert.equal(exit, 0, stderr)
  assert.match(stdout, /^settled: tid \d+, amount 100, fee \d+/)
})
