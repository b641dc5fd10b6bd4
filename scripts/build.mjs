// Builds the native module, the JavaScript side, the wasm signer and the signature doctor. `--release` takes the profile that is
// published; `--native` builds the native module alone.

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

/** The flags of a published binary: it tells nothing of the machine that built it. */
export function publishedFlags() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')
  return [`--remap-path-prefix=${root}=eko-eps`, `--remap-path-prefix=${cargoHome}=cargo`]
}

/** What cargo is told; as a cdylib, which the manifest does not name: whoever depends on the crate would link one too. */
export function cargoArguments(profile, features = 'node') {
  return ['rustc', '--lib', '--crate-type', 'cdylib', '--features', features, '--profile', profile]
}

/** Puts a built module in its package; it replaces the file, for a process may have mapped the old one. */
export function place(built, { name }) {
  const path = nativeFile(name)
  copyFileSync(built, `${path}.new`)
  renameSync(`${path}.new`, path)
}

/** Compiles the native module of this system with these features and gives the path of the file. Cargo decides what is fresh. */
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

/** Bytes of the module as it is published, and of the same without the sandbox, by the names of their budgets. */
export async function releaseSizes() {
  const weighed = async (features) => statSync(await compiled('release', features)).size
  return { '.node': await weighed('node'), '.node without the sandbox': await weighed('node-client') }
}

/** The module of this system. */
export async function native(profile = 'quick') {
  place(await compiled(profile, 'node'), target(platform()))
}

/** The compiler leaves what was built from deleted files; a change of the list of sources starts afresh. */
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
  const profile = process.argv.includes('--release') ? 'release' : 'quick'
  await rust()
  if (process.argv.includes('--native')) await native(profile)
  else {
    await npmPackages()
    await build(profile)
  }
  console.log(`built in ${seconds(performance.now() - started)}`)
}
