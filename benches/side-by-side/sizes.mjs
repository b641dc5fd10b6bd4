// What is installed, and what a page would load.
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { at, json, nativeFile, platform } from '../../scripts/paths.mjs'

export function gzip(bytes) {
  return gzipSync(bytes, { level: 9 }).length
}

function bytesBelow(path) {
  const stat = lstatSync(path)
  if (!stat.isDirectory()) return stat.size
  // Packages nested in it belong to it.
  return readdirSync(path).reduce((all, name) => all + bytesBelow(join(path, name)), 0)
}

/** A package and everything it brings along, as npm installed it here. */
function closure(name) {
  const { packages } = json('benches', 'side-by-side', 'package-lock.json')
  const seen = new Set()
  const visit = (path) => {
    const entry = packages[path]
    if (entry === undefined || seen.has(path)) return
    seen.add(path)
    for (const dependency of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      const nested = `${path}/node_modules/${dependency}`
      visit(nested in packages ? nested : `node_modules/${dependency}`)
    }
  }
  visit(`node_modules/${name}`)
  let bytes = 0
  let count = 0
  for (const path of seen) {
    const full = at('benches', 'side-by-side', path)
    // Of the builds for other platforms nothing is installed.
    if (!readdirSync(join(full, '..')).includes(full.split('/').at(-1))) continue
    // What is nested in another of the set is counted with it.
    if (![...seen].some((other) => path.startsWith(`${other}/`))) bytes += bytesBelow(full)
    count++
  }
  return { bytes, packages: count }
}

/** What turns the module into a function of a timestamp, without the class and its rules. */
async function loader() {
  // Not at the top: `npm test` reads this file before it installs packages.
  const { build } = await import('esbuild')
  const plugin = {
    name: 'built modules',
    setup(builder) {
      builder.onResolve({ filter: /^built:module$/ }, () => ({ path: at('js', 'signer', 'workerd.mts') }))
      builder.onResolve({ filter: /^built:glue$/ }, () => ({ path: at('target', 'wasm-signer', 'signer_bg.js') }))
      builder.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, external: true }))
    },
  }
  const { outputFiles } = await build({
    entryPoints: [at('js', 'signer', 'core.mts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    plugins: [plugin],
  })
  return outputFiles[0].contents
}

/** Bytes, gzip, of the wasm signer: the module, with its loader, with each entry beside it; and the entries it is inside. */
export async function signerSizes() {
  const file = (name) => readFileSync(at('dist', 'signer', name))
  const wasm = file('signer_bg.wasm')
  const entries = {}
  for (const name of ['workerd.mjs', 'edge-light.mjs'])
    entries[`${name} with its module`] = gzip(wasm) + gzip(file(name))
  const inline = {}
  for (const name of ['inline.mjs', 'signer.cjs']) inline[name] = gzip(file(name))
  return { wasm: gzip(wasm), withLoader: gzip(wasm) + gzip(await loader()), entries, inline }
}

/** Bytes of what npm puts on the disk. */
export function installSizes() {
  const own = bytesBelow(at('dist')) + bytesBelow(nativeFile()) + bytesBelow(at('npm', platform(), 'package.json'))
  const peers = ['undici', 'axios', 'got', 'impit', 'crypto-js', '@noble/hashes', 'hash-wasm', '@ekoindia/eko-sdk-node']
  const sizes = { 'eko-eps': { bytes: own, packages: 2 } }
  for (const name of peers) sizes[name] = closure(name)
  return sizes
}
