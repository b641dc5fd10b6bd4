// Tests the WebCrypto signer of the packed tarball in StarlingMonkey, the engine of Fastly Compute. It has no
// WebAssembly and supports fewer regular expressions than other engines. The engine is itself WebAssembly and runs in
// Node. Part of the wide test.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stage } from '../runtimes/stage.mjs'
import { install } from '../support/tools.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
install(here)
const [{ componentize }, { transpile }, { build }] = await Promise.all([
  import('@bytecodealliance/componentize-js'),
  import('@bytecodealliance/jco'),
  import('esbuild'),
])
const { secretKey, requestHash } = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'))

/** Number of passed checks; each check counts itself. */
let passed = 0
function equal(seen, expected, what) {
  assert.deepEqual(seen, expected, `${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`)
  passed += 1
}

/** Bundles the application with the signer of the tarball only. */
async function bundled() {
  const home = stage(fileURLToPath(new URL('../runtimes/apps', import.meta.url)))
  try {
    // The application's import of the vectors is relative, so it needs a folder of its own.
    mkdirSync(join(home, 'app'))
    cpSync(join(here, 'app.mjs'), join(home, 'app', 'app.mjs'))
    const { outputFiles, metafile } = await build({
      absWorkingDir: home,
      entryPoints: ['app/app.mjs'],
      bundle: true,
      format: 'esm',
      metafile: true,
      write: false,
      logLevel: 'error',
    })
    const taken = Object.keys(metafile.inputs).filter((path) => path.endsWith('js'))
    equal(taken.sort(), ['app/app.mjs', 'node_modules/eko-eps/dist/signer/webcrypto.mjs'], 'scripts in the bundle')
    return outputFiles[0].text
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

const world = 'package eko:signer;\nworld app { export run: func() -> string; }'
const { component } = await componentize(await bundled(), { witWorld: world, worldName: 'app' })
const { files } = await transpile(component, { name: 'app' })

// The folder is in node_modules, because the program imports from there.
const folder = mkdtempSync(join(here, 'node_modules', '.app-'))
try {
  for (const [name, bytes] of Object.entries(files)) if (!name.includes('/')) writeFileSync(join(folder, name), bytes)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const { run } = await import(join(folder, 'app.js'))
  const { signed, shown, ...rest } = JSON.parse(await run())
  const expected = [...secretKey.map((one) => one.secretKey), ...requestHash.map((one) => one.requestHash)]
  assert.ok(expected.length >= 14)
  assert.equal(signed.length, expected.length)
  for (const [index, value] of expected.entries()) equal(signed[index], value, `vector ${index}`)
  equal(JSON.parse(shown)['secret-key'], '[hidden]', 'a printed signature')
  const facts = {
    wasm: 'undefined',
    matches: true,
    refused: 'EkoValidationError invalid_params',
    half: 'invalid_config',
  }
  assert.deepEqual(Object.keys(rest).sort(), Object.keys(facts).sort())
  for (const [name, value] of Object.entries(facts)) equal(rest[name], value, name)
  const { version } = JSON.parse(
    readFileSync(join(here, 'node_modules', '@bytecodealliance', 'componentize-js', 'package.json'), 'utf8'),
  )
  console.log(`StarlingMonkey (${version}): ${passed} passed, 0 failed`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
