// Installs what is missing: npm packages, and the parts of the Rust toolchain that a minimal rustup leaves out.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { digest } from './build-cache.mjs'
import { at } from './paths.mjs'
import { run, works } from './run.mjs'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Runs `npm ci` if node_modules does not match the lock file. */
export async function npmPackages() {
  const marker = at('node_modules', '.eko-eps-lock')
  const wanted = digest('package-lock.json', 'package.json')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  await run(npm, ['ci', '--no-audit', '--no-fund'], { label: 'npm ci' })
  writeFileSync(marker, wanted)
}

/** Rejects early if Rust is not installed, with a message that says what to install. */
export async function rust() {
  if (await works('cargo', ['--version'])) return
  throw new Error('cargo was not found: install Rust with rustup (see rustup.rs), open a new shell, and run this again')
}

/**
 * Installs the parts that a minimal rustup leaves out: the formatter, the linter, and the target of the wasm signer.
 */
export async function rustParts() {
  if (!(await works('cargo', ['fmt', '--version']))) await add('component', 'rustfmt')
  if (!(await works('cargo', ['clippy', '--version']))) await add('component', 'clippy')
  await wasmTarget()
}

/** Installs the standard library for the target of the wasm signer. */
export async function wasmTarget() {
  if (!(await hasWasm())) await add('target', 'wasm32-unknown-unknown')
}

async function hasWasm() {
  const args = ['--print', 'target-libdir', '--target', 'wasm32-unknown-unknown']
  return existsSync((await run('rustc', args, { label: 'look for the wasm target' })).trim())
}

function add(kind, name) {
  return run('rustup', [kind, 'add', name], { label: `rustup ${kind} add ${name}` })
}
