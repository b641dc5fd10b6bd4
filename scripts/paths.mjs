// Paths of the project.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of the project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Returns a path inside the folder of the project. */
export function at(...parts) {
  return join(root, ...parts)
}

/** Reads a JSON file inside the folder of the project. */
export function json(...parts) {
  return JSON.parse(readFileSync(at(...parts), 'utf8'))
}

/** Returns the name of the native package for this system, as in `npm/`. */
export function platform() {
  const { platform, arch } = process
  if (platform === 'linux') {
    const libc = process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'
    return `linux-${arch}-${libc}${arch === 'arm' ? 'eabihf' : ''}`
  }
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`
}

/** Returns the path of the native module for a system. */
export function nativeFile(name = platform()) {
  return at('npm', name, `eko-eps.${name}.node`)
}
