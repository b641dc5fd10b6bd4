// What a native module was built from, written into it: version, target, profile, and a digest of the sources.
import { readFileSync } from 'node:fs'
import { digest } from './build-cache.mjs'
import { json } from './paths.mjs'

const MARK = /eko-eps-build:([0-9A-Za-z.-]+):([a-z0-9_-]+):([a-z]+):([0-9a-f]{16})/

/** A digest of all that the native module is made of. */
export function sources() {
  return digest('src', '.cargo', 'build.rs', 'Cargo.toml', 'Cargo.lock').slice(0, 16)
}

/** The environment that puts the build's id into a module. */
export function buildId(rust, profile) {
  return { EKO_EPS_BUILD: `eko-eps-build:${json('package.json').version}:${rust}:${profile}:${sources()}` }
}

/** The id of a built module: read from the file, for a module of another system cannot be loaded to be asked. */
export function buildOf(path) {
  const found = MARK.exec(readFileSync(path, 'latin1'))
  if (!found) return undefined
  const [id, version, rust, profile, digest] = found
  return { id, version, rust, profile, digest }
}
