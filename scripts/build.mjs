// Builds the native module, the JavaScript, the wasm signer and the signature doctor. `--release` uses the profile of
// the published modules; `--native` builds only the native module.

import { createHash } from 'node:crypto'
import { copyFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { digest, files, fresh, stamp } from './build-cache.mjs'
import { buildId } from './build-id.mjs'
import { bundle } from './bundle.mjs'
import { npmPackages, rust } from './install.mjs'
import { at, nativeFile, platform, root } from './paths.mjs'
import { run, seconds } from './run.mjs'
import { library, target } from './targets.mjs'

/** Returns the compiler flags of a published binary, which keep the paths of the building machine out of the file. */
export function publishedFlags() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')
  return [`--remap-path-prefix=${root}=eko-eps`, `--remap-path-prefix=${cargoHome}=cargo`]
}

/**
 * Returns the arguments for cargo. The crate type cdylib is given here and not in the manifest, because a program that
 * depends on the crate would then link a cdylib too.
 */
export function cargoArguments(profile, features = 'node') {
  return ['rustc', '--lib', '--crate-type', 'cdylib', '--features', features, '--profile', profile]
}

/** Puts a built module into its package. The old file is replaced and not overwritten, because a process may use it. */
export function place(built, { name }) {
  const path = nativeFile(name)
  copyFileSync(built, `${path}.new`)
  renameSync(`${path}.new`, path)
}

/**
 * Compiles the native module of this system with these features, and resolves to the path of the file. Cargo decides
 * which parts must be compiled again.
 */
async function compiled(profile, features) {
  const here = target(platform())
  await run('cargo', cargoArguments(profile, features), {
    label: 'cargo build',
    env: {
      ...buildId(here.rust, profile),
      ...(profile === 'release' ? { CARGO_ENCODED_RUSTFLAGS: publishedFlags().join('\u001f') } : {}),
    },
  })
  return at('target', profile, library(here))
}

/**
 * Resolves to the sizes in bytes of the published module and of the same module without the sandbox. Their names are
 * those of the budgets.
 */
export async function releaseSizes() {
  const weighed = async (features) => statSync(await compiled('release', features)).size
  return { '.node': await weighed('node'), '.node without the sandbox': await weighed('node-client') }
}

/** Builds the native module of this system and puts it into its package. */
export async function native(profile = 'quick') {
  place(await compiled(profile, 'node'), target(platform()))
}

/**
 * Compiles the JavaScript. The compiler does not remove the results of deleted sources, so dist is emptied first if the
 * list of sources has changed.
 */
export async function javascript() {
  const list = createHash('sha256').update(files('js').join('\n')).digest('hex')
  if (!fresh('dist-files', list, ['dist'])) rmSync(at('dist'), { recursive: true, force: true })
  stamp('dist-files', list)
  const sources = digest('js', 'scripts/bundle.mjs', 'tsconfig.json', 'package-lock.json')
  if (fresh('dist', sources, ['dist/core.js', 'dist/index.js', 'dist/index.mjs', 'dist/cli.js'])) return
  await run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', at('tsconfig.json')], {
    label: 'tsc',
  })
  await bundle()
  stamp('dist', sources)
}

/** Builds the wasm signer with its own script. */
export async function wasm() {
  await run(process.execPath, [at('scripts', 'build-wasm.mjs')], { label: 'wasm signer' })
}

/** Builds the signature doctor with its own script. The page of the doctor contains the wasm signer. */
export async function doctor() {
  await run(process.execPath, [at('scripts', 'build-doctor.mjs')], { label: 'signature doctor' })
}

/** Builds everything that the package contains. */
export async function build(profile) {
  await native(profile)
  await javascript()
  await wasm()
  await doctor()
}

if (process.argv[1] === at('scripts', 'build.mjs')) {
  const started = performance.now()
  const profile = process.argv.includes('--release') ? 'release' : 'quick'
  await rust()
  if (process.argv.includes('--native')) await native(profile)
  else {
    await npmPackages()
    await build(profile)
  }
  console.log(`built in ${seconds(performance.now() - started)}`)
}
