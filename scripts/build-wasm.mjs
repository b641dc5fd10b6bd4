// Builds `eko-eps/signer`: Rust -> wasm -> wasm-bindgen -> wasm-opt -> one file for each way to load it, in
// dist/signer. `--sizes` prints the sizes of these files.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { digest, fresh, stamp } from './build-cache.mjs'
import { npmPackages, rust, wasmTarget } from './install.mjs'
import { at, root } from './paths.mjs'
import { run, seconds } from './run.mjs'

const TARGET = 'wasm32-unknown-unknown'
const WORK = 'target/wasm-signer'
const OUT = 'dist/signer'
const INPUTS = [
  'Cargo.lock',
  'Cargo.toml',
  'js/signer',
  'package-lock.json',
  'scripts/build-wasm.mjs',
  'src/binding/mod.rs',
  'src/binding/wasm.rs',
  'src/lib.rs',
  'src/sign',
  'tools/wasm',
  'tsconfig.json',
]

/** Entries of the signer. Each loads the wasm module in its own way (`module`); the other code is the same. */
const ENTRIES = [
  { file: 'inline.mjs', module: 'inline', format: 'esm' },
  { file: 'signer.cjs', module: 'inline', format: 'cjs' },
  { file: 'workerd.mjs', module: 'workerd', format: 'esm' },
  { file: 'edge-light.mjs', module: 'edge-light', format: 'esm' },
]
/** Entries for services without WebAssembly. */
const WEBCRYPTO = [
  { file: 'webcrypto.mjs', source: 'webcrypto', format: 'esm', name: 'WebCryptoSigner' },
  { file: 'webcrypto.cjs', source: 'webcrypto', format: 'cjs', name: 'WebCryptoSigner' },
]
const DECLARATIONS = ['signer', 'webcrypto'].flatMap((name) => [`${name}.d.mts`, `${name}.d.cts`])
const OUTPUTS = [...[...ENTRIES, ...WEBCRYPTO].map(({ file }) => file), 'signer_bg.wasm', ...DECLARATIONS]

/**
 * Returns the flags of the Rust compiler. simd128 makes the hash both smaller and faster. Without reference types,
 * wasm-bindgen needs no table, and the module needs no import. Vectorised loops are switched off, because they save
 * little time for the bytes that they add. The signer needs only a few hundred bytes of stack.
 */
function rustFlags() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')
  return [
    '-Ctarget-feature=+simd128,-reference-types',
    '-Cno-vectorize-loops',
    '-Clink-arg=-zstack-size=8192',
    `--remap-path-prefix=${root}=eko-eps`,
    `--remap-path-prefix=${cargoHome}=cargo`,
  ].join('\u001f')
}

/**
 * WebAssembly features for wasm-opt. They are listed one by one, because `--all-features` would make wasm-opt write
 * sections that no runtime can read yet.
 */
const FEATURES = ['simd', 'bulk-memory', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext']

async function wasm() {
  // The crate type cdylib is given here and not in the manifest, because a program that depends on the crate would then
  // link a cdylib too.
  const cargo = ['rustc', '--lib', '--crate-type', 'cdylib', '--target', TARGET, '--profile', 'wasm']
  await run('cargo', [...cargo, '--no-default-features', '--features', 'wasm'], {
    label: 'cargo, wasm',
    env: { CARGO_ENCODED_RUSTFLAGS: rustFlags() },
  })
  const built = join('target', TARGET, 'wasm', 'eko_eps.wasm')
  await run('cargo', ['run', '--quiet', '--package', 'eko-eps-wasm-tool', '--', built, WORK], { label: 'wasm-bindgen' })
  const options = ['-Os', '--converge', '--strip-producers', '--strip-target-features']
  const features = FEATURES.map((name) => `--enable-${name}`)
  const file = join(WORK, 'signer_bg.wasm')
  const wasmOpt = at('node_modules', 'binaryen', 'bin', 'wasm-opt')
  await run(process.execPath, [wasmOpt, ...features, ...options, file, '-o', at(OUT, 'signer_bg.wasm')], {
    label: 'wasm-opt',
  })
}

/** Returns an esbuild plugin that provides the modules that js/signer/built.d.ts declares. */
function builtModules(entry) {
  const base64 = () => `export default '${readFileSync(at(OUT, 'signer_bg.wasm')).toString('base64')}'`
  return {
    name: 'built modules',
    setup(build) {
      build.onResolve({ filter: /^built:module$/ }, () => ({ path: at('js', 'signer', `${entry}.mts`) }))
      build.onResolve({ filter: /^built:glue$/ }, () => ({ path: at(WORK, 'signer_bg.js') }))
      build.onResolve({ filter: /^built:base64$/ }, ({ path }) => ({ path, namespace: 'built' }))
      build.onLoad({ filter: /./, namespace: 'built' }, () => ({ contents: base64() }))
      build.onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => ({ path, external: true }))
    },
  }
}

async function bundle({ file, module, format, source = 'signer', name = 'Signer' }) {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [at('js', 'signer', `${source}.mts`)],
    outfile: at(OUT, file),
    bundle: true,
    write: false,
    format,
    // With this platform, esbuild marks the exports of a CommonJS file, so that `import` can find their names.
    platform: 'node',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    plugins: [builtModules(module)],
  })
  writeFileSync(at(OUT, file), named(outputFiles[0].text, name))
}

/**
 * Gives the class its name, which minifying removes. The bundler's own option for this adds a hundred bytes; this code
 * adds seven.
 */
function named(text, name) {
  const local = new RegExp(`([\\w$]+) as ${name}|${name}:\\(\\)=>([\\w$]+)`).exec(text)
  const before = `${local?.[1] ?? local?.[2]}=class{`
  if (text.split(before).length !== 2) throw new Error(`the class ${name} was not found in the bundle`)
  return text.replace(before, () => before.replace('{', ` ${name}{`))
}

async function declarations() {
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', at('js', 'signer')], { label: 'tsc, signer' })
  for (const file of DECLARATIONS) {
    const made = readFileSync(at('.cache', 'signer-types', 'signer', file.replace('.cts', '.mts')), 'utf8')
    writeFileSync(at(OUT, file), file.endsWith('.cts') ? made.replaceAll('.mjs', '.cjs') : made)
  }
}

/**
 * Prints the sizes of the files. For an entry that does not contain the module, it also prints the size of both
 * together.
 */
function sizes() {
  const row = (name, bytes) => {
    const gzip = gzipSync(bytes, { level: 9 }).length
    const brotli = brotliCompressSync(bytes).length
    console.log(
      `   ${name.padEnd(16)} ${[bytes.length, gzip, brotli].map((size) => String(size).padStart(6)).join('  ')}`,
    )
    return gzip
  }
  console.log('   bytes:              raw    gzip  brotli')
  const module = row('signer_bg.wasm', readFileSync(at(OUT, 'signer_bg.wasm')))
  for (const { file, module: kind } of ENTRIES) {
    const gzip = row(file, readFileSync(at(OUT, file)))
    if (kind !== 'inline') console.log(`     with its module: ${module + gzip} gzip`)
  }
  for (const { file } of WEBCRYPTO) row(file, readFileSync(at(OUT, file)))
}

const started = performance.now()
await npmPackages()
const inputs = digest(...INPUTS)
if (
  fresh(
    'signer',
    inputs,
    OUTPUTS.map((name) => join(OUT, name)),
  )
) {
  console.log('   the wasm signer is up to date')
} else {
  rmSync(at(OUT), { recursive: true, force: true })
  for (const folder of [OUT, WORK]) mkdirSync(at(folder), { recursive: true })
  await rust()
  await wasmTarget()
  await wasm()
  for (const entry of [...ENTRIES, ...WEBCRYPTO]) await bundle(entry)
  await declarations()
  stamp('signer', inputs)
  console.log(`   built the wasm signer in ${seconds(performance.now() - started)}`)
}
if (process.argv.includes('--sizes')) sizes()
