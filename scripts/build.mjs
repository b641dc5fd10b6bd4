// Builds the native module, the JavaScript side, the wasm signer and the signature doctor. `--release` takes the profile that is published.

import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { npmPackages, rust } from './install.mjs'
import { at, nativeFile, platform, root } from './paths.mjs'
import { run, seconds } from './run.mjs'
import { digest, files, fresh, stamp } from './stamp.mjs'

/** A published binary tells nothing of the machine that built it. */
function publishedFlags() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')
  const flags = [`--remap-path-prefix=${root}=eko-eps`, `--remap-path-prefix=${cargoHome}=cargo`]
  return { CARGO_ENCODED_RUSTFLAGS: flags.join('\u001f') }
}

const LIBRARY = { darwin: 'libeko_eps.dylib', win32: 'eko_eps.dll' }[process.platform] ?? 'libeko_eps.so'

/** Compiles the native module with these features and gives the path of the file. */
async function library(profile, features) {
  // As a cdylib alone: for a library that is an rlib as well, cargo switches link-time optimisation off.
  await run('cargo', ['rustc', '--lib', '--crate-type', 'cdylib', '--features', features, '--profile', profile], {
    label: 'cargo build',
    env: profile === 'release' ? publishedFlags() : {},
  })
  return at('target', profile, LIBRARY)
}

/** The published build without the sandbox: only to be weighed. */
export function nativeWithoutSandbox() {
  return library('release', 'node-client')
}

/** Cargo decides what is fresh; the copy replaces the file, for a process may have mapped the old one. */
export async function native(profile = 'quick') {
  const built = await library(profile, 'node')
  const target = nativeFile()
  if (!existsSync(at('npm', platform())))
    throw new Error(`there is no package for ${platform()} in npm/: add npm/${platform()}/package.json`)
  copyFileSync(built, `${target}.new`)
  renameSync(`${target}.new`, target)
}

/** The compiler leaves what was built from deleted files; a change of the list of sources starts afresh. */
export async function javascript() {
  const list = createHash('sha256').update(files('lib').join('\n')).digest('hex')
  if (!fresh('dist-files', list, ['dist'])) rmSync(at('dist'), { recursive: true, force: true })
  stamp('dist-files', list)
  const sources = digest('lib', 'tsconfig.json', 'package-lock.json')
  if (fresh('dist', sources, ['dist/index.js', 'dist/index.mjs', 'dist/cli.js'])) return
  await run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', at('tsconfig.json')], {
    label: 'tsc',
  })
  stamp('dist', sources)
}

/** The wasm signer has a script of its own. */
export async function wasm() {
  await run(process.execPath, [at('scripts', 'build-wasm.mjs')], { label: 'wasm signer' })
}

/** And so has the signature doctor, which holds the signer in its page. */
export async function doctor() {
  await run(process.execPath, [at('scripts', 'build-doctor.mjs')], { label: 'signature doctor' })
}

/** Everything that a package holds. */
export async function build(profile) {
  await native(profile)
  await javascript()
  await wasm()
  await doctor()
}

if (process.argv[1] === at('scripts', 'build.mjs')) {
  const started = performance.now()
  await npmPackages()
  await rust()
  await build(process.argv.includes('--release') ? 'release' : 'quick')
  console.log(`built in ${seconds(performance.now() - started)}`)
}
