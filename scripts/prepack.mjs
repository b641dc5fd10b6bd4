// A tarball without its builds would install and then fail: refuses to pack one.
import { existsSync } from 'node:fs'
import { at, json, nativeFile } from './paths.mjs'

const [name] = process.argv.slice(2)
const needed = name === undefined ? mainFiles() : [nativeFile(name)]
const missing = needed.filter((path) => !existsSync(path))
const { version } = json('package.json')
const versions = [
  json('npm', 'linux-x64-gnu', 'package.json').version,
  ...Object.values(json('package.json').optionalDependencies),
]

if (missing.length > 0) fail(`not built: ${missing.join(', ')}; run "npm run build" first`)
if (versions.some((other) => other !== version)) fail(`versions differ: ${version} and ${versions.join(', ')}`)

/** What `exports` and `bin` of the package promise. */
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
