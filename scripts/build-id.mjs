// Id of a build, which each native module contains: version, target, profile, and a digest of the sources.
import { readFileSync } from 'node:fs'
import { digest } from './build-cache.mjs'
import { json } from './paths.mjs'

const MARK = /eko-eps-build:([0-9A-Za-z.-]+):([a-z0-9_-]+):([a-z]+):([0-9a-f]{16})/

/** Returns a digest of all sources of the native module. */
export function sources() {
  return digest('src', '.cargo', 'build.rs', 'Cargo.toml', 'Cargo.lock').slice(0, 16)
}

/** Returns the environment variables with which a build puts its id into the module. */
export function buildId(rust, profile) {
  return { EKO_EPS_BUILD: `eko-eps-build:${json('package.json').version}:${rust}:${profile}:${sources()}` }
}

/** Returns the id in a built module. It is read from the file, because a module for another system cannot be loaded. */
export function buildOf(path) {
  const found = MARK.exec(readFileSync(path, 'latin1'))
  if (!found) return undefined
  const [id, version, rust, profile, digest] = found
  return { id, version, rust, profile, digest }
}
