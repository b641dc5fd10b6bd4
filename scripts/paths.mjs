// Where things are.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A path inside it. */
export function at(...parts) {
  return join(root, ...parts)
}

/** A JSON file inside it. */
export function json(...parts) {
  return JSON.parse(readFileSync(at(...parts), 'utf8'))
}

/** The name of this platform's native package, as in `npm/`. */
export function platform() {
  const { platform, arch } = process
  if (platform === 'linux') {
    const libc = process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'
    return `linux-${arch}-${libc}${arch === 'arm' ? 'eabihf' : ''}`
  }
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`
}

/** Where the native module of a platform belongs. */
export function nativeFile(name = platform()) {
  return at('npm', name, `eko-eps.${name}.node`)
}
