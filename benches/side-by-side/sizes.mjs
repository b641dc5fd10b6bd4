// Sizes of the installed packages, and of the signer that a web page loads.
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
  // Packages in a nested node_modules folder are counted too, because they belong to the package.
  return readdirSync(path).reduce((all, name) => all + bytesBelow(join(path, name)), 0)
}

/** Returns the size of a package and all its dependencies, as npm installed them on this machine. */
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
    // npm does not install the packages that are built for other platforms.
    if (!readdirSync(join(full, '..')).includes(full.split('/').at(-1))) continue
    // A package in the folder of another one of these packages is already counted there.
    if (![...seen].some((other) => path.startsWith(`${other}/`))) bytes += bytesBelow(full)
    count++
  }
  return { bytes, packages: count }
}

/**
 * Resolves to the code that loads the wasm module and signs a timestamp, without the class `Signer` and the rules for
 * its input.
 */
async function loader() {
  // esbuild is imported here, because `npm test` imports this file before it installs packages.
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

/**
 * Resolves to the sizes of the wasm signer after gzip, in bytes: the module alone, the module with its loader, each
 * entry with the module in a separate file, and each entry that contains the module.
 */
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

/** Returns the number of bytes that npm writes to the disk, for this package and for the others. */
export function installSizes() {
  const own = bytesBelow(at('dist')) + bytesBelow(nativeFile()) + bytesBelow(at('npm', platform(), 'package.json'))
  const peers = ['undici', 'axios', 'got', 'impit', 'crypto-js', '@noble/hashes', 'hash-wasm', '@ekoindia/eko-sdk-node']
  const sizes = { 'eko-eps': { bytes: own, packages: 2 } }
  for (const name of peers) sizes[name] = closure(name)
  return sizes
}
