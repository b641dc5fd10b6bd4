// Loads the package's JavaScript again, over the native module that is already loaded. Test runners, hot reloads and
// two bundles do the same.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import vm from 'node:vm'

const require = createRequire(import.meta.url)
const dist = dirname(require.resolve('eko-eps'))

function ours(path) {
  return path.startsWith(dist)
}

/** Loads another copy of an entry. Earlier copies stay as they are. */
export function copy(entry = 'eko-eps') {
  for (const path of Object.keys(require.cache)) if (ours(path)) delete require.cache[path]
  // A new `require` is made each time, because it holds the modules that it has loaded.
  return createRequire(import.meta.url)(entry)
}

/** Loads another copy in a realm (set of globals) of its own, as jest does for each test file. */
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

/** Returns how many native modules of this package are loaded. */
export function nativeModules() {
  return Object.keys(require.cache).filter((path) => /eko-eps[^/\\]*\.node$/.test(path)).length
}
