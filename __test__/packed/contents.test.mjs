// Compares the contents of the packages with a committed list. UPDATE_CONTENTS=1 writes the list anew.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { at, platform } from '../../scripts/paths.mjs'
import { LICENSES } from '../../scripts/targets.mjs'
import { command } from '../support/child.mjs'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const snapshot = new URL('contents.json', import.meta.url)
const TOLERANCE = 0.02
/**
 * Largest size of the native module in bytes. The tests have another build than the published one, so its exact size is
 * not compared.
 */
const NATIVE_LIMIT = 9_300_000

async function packed(folder) {
  const { code, stdout, stderr } = await command(npm, ['pack', '--dry-run', '--json'], { cwd: folder })
  assert.equal(code, 0, stderr)
  const [{ files, size, unpackedSize }] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  return { files: files.map(({ path }) => path).sort(), packed: size, unpacked: unpackedSize }
}

const reviewed = JSON.parse(readFileSync(snapshot, 'utf8'))
const advice =
  'review the change, then rewrite the list: UPDATE_CONTENTS=1 node --test __test__/packed/contents.test.mjs'

test('the main package has the reviewed files and sizes', async () => {
  const now = await packed(at('.'))
  if (process.env.UPDATE_CONTENTS === '1') {
    reviewed['eko-eps'] = now
    writeFileSync(snapshot, `${JSON.stringify(reviewed, undefined, 2)}\n`)
  }
  const then = reviewed['eko-eps']
  assert.deepEqual(now.files, then.files, advice)
  for (const size of ['packed', 'unpacked']) {
    const change = now[size] / then[size] - 1
    const text = `${size}: ${now[size]} bytes, ${(100 * change).toFixed(1)} % from the reviewed ${then[size]}; ${advice}`
    assert.ok(Math.abs(change) <= TOLERANCE, text)
  }
})

test('the platform package has the native module and its licences', async () => {
  const name = platform()
  const { files, unpacked } = await packed(at('npm', name))
  assert.deepEqual(files, [...LICENSES, `eko-eps.${name}.node`, 'package.json'].sort())
  assert.ok(unpacked <= NATIVE_LIMIT, `${unpacked} bytes; at most ${NATIVE_LIMIT} are allowed`)
})

test('the licences of what is inside are told, with their texts', () => {
  const native = readFileSync(at('npm', platform(), 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  for (const crate of ['ring', 'libsqlite3-sys', 'webpki-roots', 'napi', 'subtle', 'tokio'])
    assert.match(native, new RegExp(`^${crate} [\\d.]+: [\\w .-]+$[\\s\\S]*^Of [^\\n]*\\b${crate} \\d`, 'm'), crate)
  for (const words of ['SQLite, which libsqlite3-sys holds, is in the public domain', 'Permission is hereby granted'])
    assert.ok(native.includes(words), words)
  assert.doesNotMatch(native, /\/\.cargo\/|registry\/src/)
  const wasm = readFileSync(at('THIRD-PARTY-LICENSES.txt'), 'utf8')
  assert.match(wasm, /^subtle [\d.]+: BSD-3-Clause$/m)
  assert.doesNotMatch(wasm, /SQLite|tokio/)
})
