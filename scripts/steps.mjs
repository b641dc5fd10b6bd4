// Steps of `npm test`, in order: cheap steps come before expensive ones, and each build comes before the steps that
// need it.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testArguments } from '../__test__/support/node-tests.mjs'
import { api } from './api.mjs'
import { COUNTED, holdBudgets, holdRelease } from './budgets.mjs'
import { doctor, javascript, native, wasm } from './build.mjs'
import { cargoTests, namedTests, nodeTests, typeTests } from './counts.mjs'
import { deny } from './deny.mjs'
import { faultsThrough, TESTED_FEATURES } from './faults.mjs'
import { npmPackages, rust, rustParts } from './install.mjs'
import { mutants } from './mutants.mjs'
import { at, root } from './paths.mjs'
import { run } from './run.mjs'

const node = process.execPath
const WARNINGS = { RUSTDOCFLAGS: '-D warnings' }

function cargo(label, ...args) {
  return run('cargo', args, { label, env: WARNINGS })
}

function clippy(label, ...args) {
  return cargo(label, 'clippy', ...args, '--', '-D', 'warnings')
}

function tool(name, ...path) {
  return (label, ...args) => run(node, [at('node_modules', ...path), ...args], { label: label ?? name })
}

const tsc = tool('tsc', 'typescript', 'bin', 'tsc')
/** Oldest version of TypeScript that the package supports. */
const oldestTsc = tool('tsc', 'typescript-oldest', 'bin', 'tsc')
const biome = tool('biome', '@biomejs', 'biome', 'bin', 'biome')

const publint = tool('publint', 'publint', 'src', 'cli.js')

/** Returns the test files that are directly in a folder below `__test__`. */
function tests(...folder) {
  const path = at('__test__', ...folder)
  return readdirSync(path)
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => at('__test__', ...folder, name))
}

async function nodeRun(label, files) {
  return nodeTests(await run(node, testArguments(files), { label }))
}

/** Settings of TypeScript for the ways in which it looks for a package. */
const RESOLUTIONS = [['nodenext'], ['node16'], ['preserve', '--moduleResolution', 'bundler']]

/**
 * Creates a project that finds the package in its own node_modules. With the resolution `node10`, a package cannot
 * import itself by its own name.
 */
function node10() {
  const folder = at('target', 'types-node10')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules', 'eko-eps'), 'junction')
  copyFileSync(at('__test__', 'types', 'node10', 'entries.ts'), join(folder, 'entries.ts'))
  const compilerOptions = {
    target: 'es2022',
    module: 'commonjs',
    moduleResolution: 'node10',
    strict: true,
    noEmit: true,
    types: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['entries.ts'] }))
  return folder
}

async function types() {
  for (const [module, ...more] of RESOLUTIONS)
    await tsc(`type tests ${module}`, '-p', at('__test__', 'types'), '--module', module, ...more)
  await oldestTsc('type tests, oldest', '-p', at('__test__', 'types'), '--lib', 'es2022,dom,dom.iterable')
  await oldestTsc('type tests, node10', '-p', node10())
  await tsc('types of the examples', '-p', at('examples', 'tsconfig.json'))
  const sources = readdirSync(at('__test__', 'types')).filter((name) => /\.[cm]ts$/.test(name))
  return typeTests(sources.map((name) => readFileSync(at('__test__', 'types', name), 'utf8')).join('\n'))
}

/** Rust packages to test: the client, the tool that generates its calls, and the tests of that tool. */
const RUST_PACKAGES = ['eko-eps', 'eko-eps-catalog', 'eko-eps-catalog-tests'].flatMap((name) => ['--package', name])

/**
 * Returns the number of tests that exist only on Linux: 0 on other systems. They check what can be seen only on Linux.
 */
function ofLinux(tests) {
  return process.platform === 'linux' ? tests : 0
}

/**
 * Steps, each with a name and a function. A step that counts tests has a `minimum`: the number of its tests, so that a
 * lost test is noticed. Such a step returns one count, or one for each runtime.
 */
export const STEPS = [
  { name: 'install npm packages', run: npmPackages },
  { name: 'look for Rust and its parts', run: toolchain },
  { name: 'cargo fmt', run: () => cargo('cargo fmt', 'fmt', '--all', '--check') },
  { name: 'biome: lint and format', run: () => biome(undefined, 'ci', '--error-on-warnings', '.') },
  { name: 'catalogue: check', run: () => catalog('check') },
  { name: 'catalogue: generated files are up to date', run: () => catalog('drift') },
  { name: 'clippy', run: () => clippy('clippy', '--all-targets', ...RUST_PACKAGES, '--features', 'node,reqwest') },
  { name: 'clippy, default features', run: () => clippy('clippy default', '--all-targets') },
  {
    name: 'clippy, wasm',
    run: () =>
      clippy(
        'clippy wasm',
        ...'--target wasm32-unknown-unknown --no-default-features --features wasm --lib'.split(' '),
      ),
  },
  { name: 'cargo doc', run: () => cargo('cargo doc', 'doc', '--no-deps', '--features', 'node,reqwest') },
  {
    name: 'Rust tests',
    minimum: 726 + ofLinux(16),
    run: async () => cargoTests(await cargo('cargo test', 'test', ...RUST_PACKAGES, '--features', TESTED_FEATURES)),
  },
  // The mutants come after the tests, because a mutant proves something only if the tests pass without it.
  { name: 'mutants of the money rooms and the signer', minimum: 569, run: mutants },
  {
    name: 'Rust tests of the Node binding',
    minimum: 9,
    run: async () => cargoTests(await cargo('cargo test binding', 'test', '--features', 'node', '--lib', 'binding')),
  },
  {
    name: 'Rust tests of the wasm tool',
    minimum: 3,
    run: async () => cargoTests(await cargo('cargo test tool', 'test', '--package', 'eko-eps-wasm-tool')),
  },
  { name: 'build the native module', run: () => native() },
  { name: 'build the JavaScript side', run: javascript },
  { name: 'build the wasm signer', run: wasm },
  { name: 'build the signature doctor', run: doctor },
  { name: 'public API is as listed', minimum: 7, run: api },
  { name: 'budgets', minimum: COUNTED ? 28 : 20, run: holdBudgets },
  // This build takes long, so it is the last one. It fails if a dependency has grown, which no other figure shows.
  ...(COUNTED ? [{ name: 'size of the published module', minimum: 4, run: holdRelease }] : []),
  { name: 'type tests', minimum: 87, run: types },
  { name: 'native module in Node', minimum: 655 + ofLinux(2), run: () => nodeRun('node tests', tests()) },
  { name: 'fault matrix through Node', minimum: 695, run: () => faultsThrough('Node') },
  {
    name: 'money promise, from outside',
    minimum: 590,
    run: async () => nodeTests(await run(node, [at('__test__', 'promise', 'run.mjs')], { label: 'promise' })),
  },
  {
    name: 'money in an unkind world, over real sockets',
    minimum: 20,
    run: async () => namedTests(await run(node, [at('__test__', 'unkind', 'run.mjs')], { label: 'unkind' })),
  },
  {
    name: 'journal in PostgreSQL',
    minimum: 66,
    run: async () => nodeTests(await run(node, [at('__test__', 'postgres', 'run.mjs')], { label: 'postgres' })),
  },
  {
    name: 'real install from a registry',
    minimum: 25,
    run: async () => nodeTests(await run(node, [at('__test__', 'install', 'run.mjs')], { label: 'install' })),
  },
  {
    name: 'release workflows',
    minimum: 27,
    run: async () => nodeTests(await run(node, [at('__test__', 'workflows', 'run.mjs')], { label: 'workflows' })),
  },
  {
    name: 'signature doctor: 1,000 random keys for every mistake',
    minimum: 71,
    run: () => nodeRun('doctor random', ['--test-concurrency=2', ...tests('mistakes')]),
  },
  { name: 'packed tarballs', minimum: 25, run: () => nodeRun('packed tests', tests('packed')) },
  { name: 'publint', run: () => publint(undefined, '--strict') },
  { name: 'attw', run: () => run(node, [at('__test__', 'packed', 'lint', 'attw.mjs')], { label: 'attw' }) },
  {
    name: 'the package in every runtime',
    minimum: 1,
    runtimes: 65,
    run: async () => namedTests(await run(node, [at('__test__', 'runtimes', 'run.mjs')], { label: 'runtimes' })),
  },
  {
    name: 'the package in every bundler',
    minimum: 1,
    runtimes: 30,
    run: async () => namedTests(await run(node, [at('__test__', 'bundlers', 'run.mjs')], { label: 'bundlers' })),
  },
  {
    name: 'signature doctor in a browser',
    minimum: 61,
    run: async () => nodeTests(await run(node, [at('__test__', 'doctor', 'run.mjs')], { label: 'doctor page' })),
  },
  { name: 'cargo deny', run: deny },
  { name: 'cargo package', run: () => cargo('cargo package', 'package', '--allow-dirty') },
]

async function toolchain() {
  await rust()
  await rustParts()
}

function catalog(command) {
  return cargo(`catalogue ${command}`, 'run', '--quiet', '--package', 'eko-eps-catalog', '--', command)
}
