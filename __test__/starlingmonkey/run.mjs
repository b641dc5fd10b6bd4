// The WebCrypto signer in StarlingMonkey, the engine of Fastly Compute, which has no WebAssembly and knows fewer regular
// expressions than others. The engine is itself WebAssembly, and runs in Node. Part of the wider command.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from '../doctor/run.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
await install('../starlingmonkey')
const [{ componentize }, { transpile }, { build }] = await Promise.all([
  import('@bytecodealliance/componentize-js'),
  import('@bytecodealliance/jco'),
  import('esbuild'),
])
const { secretKey, requestHash } = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'))
const alias = { 'eko-eps/signer/webcrypto': fileURLToPath(new URL('../../dist/signer/webcrypto.mjs', import.meta.url)) }
const options = { alias, bundle: true, format: 'esm', write: false, logLevel: 'error' }
const { outputFiles } = await build({ ...options, entryPoints: [join(here, 'app.mjs')] })
const world = 'package eko:signer;\nworld app { export run: func() -> string; }'
const { component } = await componentize(outputFiles[0].text, { witWorld: world, worldName: 'app' })
const { files } = await transpile(component, { name: 'app' })

// Beside node_modules, for what it imports from there.
const folder = mkdtempSync(join(here, 'node_modules', '.app-'))
try {
  for (const [name, bytes] of Object.entries(files)) if (!name.includes('/')) writeFileSync(join(folder, name), bytes)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const { run } = await import(join(folder, 'app.js'))
  const { signed, shown, ...rest } = JSON.parse(await run())
  const expected = [...secretKey.map((one) => one.secretKey), ...requestHash.map((one) => one.requestHash)]
  assert.ok(expected.length >= 14)
  assert.deepEqual(signed, expected)
  assert.match(shown, /"secret-key":"\[hidden\]"/)
  assert.deepEqual(rest, {
    ...{ wasm: 'undefined', matches: true },
    ...{ refused: 'EkoValidationError invalid_params', half: 'invalid_config' },
  })
  const { version } = JSON.parse(
    readFileSync(join(here, 'node_modules', '@bytecodealliance', 'componentize-js', 'package.json'), 'utf8'),
  )
  console.log(`StarlingMonkey (${version}): ${signed.length + 5} passed, 0 failed`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
