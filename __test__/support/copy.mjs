// The JavaScript side evaluated anew over the native module that is loaded, as test runners, hot reloads and two bundles do.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import vm from 'node:vm'

const require = createRequire(import.meta.url)
const dist = dirname(require.resolve('eko-eps'))

function ours(path) {
  return path.startsWith(dist)
}

/** Another copy of an entry; the former ones stay as they are. */
export function copy(entry = 'eko-eps') {
  for (const path of Object.keys(require.cache)) if (ours(path)) delete require.cache[path]
  // With a `require` of its own, which would hold what it has loaded.
  return createRequire(import.meta.url)(entry)
}

/** Another copy, in a realm of its own: this is what jest does for each of its test files. */
export function copyInRealm(entry = 'index.js') {
  const context = vm.createContext({ process, AbortSignal, AbortController, TextDecoder, setTimeout })
  const modules = new Map()
  const load = (path) => {
    if (!modules.has(path)) {
      const module = { exports: {} }
      modules.set(path, module)
      const near = createRequire(path)
      const own = (name) => (name.startsWith('./') ? load(near.resolve(name)) : near(name))
      const source = `(function (module, exports, require) {${readFileSync(path, 'utf8')}\n})`
      vm.runInContext(source, context, { filename: path })(module, module.exports, own)
    }
    return modules.get(path).exports
  }
  return load(join(dist, entry))
}

/** How many native modules of ours are loaded. */
export function nativeModules() {
  return Object.keys(require.cache).filter((path) => /eko-eps[^/\\]*\.node$/.test(path)).length
}
