// Refuses to pack a package without its current builds, because such a package would install and then fail. Adds the
// licences of the code that the package contains.
import { existsSync } from 'node:fs'
import { buildOf, sources } from './build-id.mjs'
import { placeLicenses } from './notices.mjs'
import { at, json, nativeFile } from './paths.mjs'
import { target } from './targets.mjs'
import { disagreeing } from './version.mjs'

const [name] = process.argv.slice(2)
const needed = name === undefined ? mainFiles() : [nativeFile(name)]
const missing = needed.filter((path) => !existsSync(path))
const wrong = disagreeing()

if (missing.length > 0) fail(`not built: ${missing.join(', ')}; run "npm run build" first`)
if (wrong.length > 0)
  fail(`${wrong.join(', ')} does not agree with package.json; run "node scripts/version.mjs --write"`)
if (name !== undefined) {
  const { rust, digest } = buildOf(nativeFile(name)) ?? {}
  if (rust !== target(name).rust)
    fail(`the module in npm/${name} is no build for ${target(name).rust}, but for ${rust}`)
  if (digest !== sources()) fail(`the module in npm/${name} was built from other sources; build it again`)
}
if (name === undefined) placeLicenses(at())
else placeLicenses(at('npm', name), target(name).rust)

/** Returns the paths in `exports` and `bin` of package.json. */
function mainFiles() {
  const found = []
  const collect = (value) => {
    if (typeof value === 'string') found.push(at(value))
    else for (const inner of Object.values(value)) collect(inner)
  }
  const { exports, bin } = json('package.json')
  collect(exports)
  collect(bin)
  return found
}

function fail(message) {
  console.error(`prepack: ${message}`)
  process.exit(1)
}
