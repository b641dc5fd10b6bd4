// Builds the signature doctor: the entry `eko-eps/doctor` in dist/doctor, and its web page in target/site/doctor.
// Before them, it builds the signer, which both need. `--page` prints the path of the page.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { javascript, wasm } from './build.mjs'
import { digest, fresh, stamp } from './build-cache.mjs'
import { npmPackages } from './install.mjs'
import { at } from './paths.mjs'
import { run, seconds } from './run.mjs'

const OUT = 'dist/doctor'
const PAGE = 'target/site/doctor'
const INPUTS = [
  'js/doctor',
  'js/signer/signer-rules.ts',
  'package-lock.json',
  'scripts/build-doctor.mjs',
  'site/doctor',
  'tsconfig.json',
]
const ENTRIES = [
  { file: 'doctor.mjs', format: 'esm' },
  { file: 'doctor.cjs', format: 'cjs' },
]
/** Declaration files of the entry, each with the compiled file from which it is copied. */
const DECLARATIONS = {
  'doctor.d.mts': 'doctor.d.mts',
  'doctor.d.cts': 'doctor.d.mts',
  'doctor-types.d.ts': 'doctor-types.d.ts',
}
const STATIC = ['index.html', 'doctor.css']
const OUTPUTS = [
  ...[...ENTRIES.map(({ file }) => file), ...Object.keys(DECLARATIONS)].map((name) => join(OUT, name)),
  ...[...STATIC, 'doctor.js'].map((name) => join(PAGE, name)),
]

const COMMON = {
  bundle: true,
  write: false,
  target: 'es2022',
  minify: true,
  logLevel: 'error',
}

/** Returns the licence of @noble/hashes as a comment, because each bundle contains this package. */
function licence() {
  const text = readFileSync(at('node_modules', '@noble', 'hashes', 'LICENSE'), 'utf8').trim()
  return { js: `/*! With @noble/hashes:\n${text}\n*/` }
}

/**
 * Builds the entry. Its bundle does not contain the signer but imports it, because each runtime loads the signer in its
 * own way.
 */
async function library() {
  const { build } = await import('esbuild')
  for (const { file, format } of ENTRIES) {
    const options = { ...COMMON, banner: licence(), format, platform: 'node', external: ['eko-eps/signer'] }
    const { outputFiles } = await build({ ...options, entryPoints: [at('js', 'doctor', 'doctor.mts')] })
    writeFileSync(at(OUT, file), outputFiles[0].text)
  }
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', at('js', 'doctor')], { label: 'tsc, doctor' })
  const made = at('.cache', 'doctor-types', 'doctor')
  for (const [name, source] of Object.entries(DECLARATIONS)) copyFileSync(join(made, source), at(OUT, name))
}

/**
 * Builds the page. Its one script contains everything, including the wasm signer. The script is not a module, so the
 * page also works if a browser opens it from the disk.
 */
async function page() {
  const { build } = await import('esbuild')
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', at('site', 'doctor')], { label: 'tsc, doctor page' })
  const signer = { 'eko-eps/signer': at('dist', 'signer', 'inline.mjs') }
  const options = { ...COMMON, banner: licence(), format: 'iife', platform: 'browser', alias: signer }
  const { outputFiles } = await build({ ...options, entryPoints: [at('site', 'doctor', 'page.mts')] })
  writeFileSync(at(PAGE, 'doctor.js'), outputFiles[0].text)
  for (const name of STATIC) copyFileSync(at('site', 'doctor', name), at(PAGE, name))
}

const started = performance.now()
await npmPackages()
// The JavaScript comes first, because its build may empty dist, where the other builds write.
await javascript()
await wasm()
const inputs = digest(...INPUTS, 'dist/signer/inline.mjs')
if (fresh('doctor', inputs, OUTPUTS)) {
  console.log('   the signature doctor is up to date')
} else {
  for (const folder of [OUT, PAGE]) {
    rmSync(at(folder), { recursive: true, force: true })
    mkdirSync(at(folder), { recursive: true })
  }
  await library()
  await page()
  stamp('doctor', inputs)
  const bytes = readFileSync(at(PAGE, 'doctor.js')).length
  console.log(
    `   built the signature doctor (its page's script: ${bytes} bytes) in ${seconds(performance.now() - started)}`,
  )
}
if (process.argv.includes('--page')) console.log(at(PAGE, 'index.html'))
