// Detects the C library of this process. A native module that was built for another C library may fail to load, or even
// crash the process.

/**
 * Returns glibc's version from Node's process report. Creating the report takes milliseconds, and it could wait for
 * DNS. The network part is therefore excluded.
 */
export function glibcVersion(): string | undefined {
  const { report } = process as { report?: NodeJS.ProcessReport & { excludeNetwork?: boolean } }
  if (report === undefined) return undefined
  const before = report.excludeNetwork
  report.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  if (before !== undefined) report.excludeNetwork = before
  return header?.glibcVersionRuntime
}

/** Pattern of the loader's path in an ELF file. The path is near the beginning of the file. */
const LOADER = /\/ld-(musl|linux)-[\w-]+\.so\.\d/

/** Path of a library that gives musl the interface of glibc. With it, a program for glibc may run on Alpine. */
const COMPATIBLE = '/lib/libgcompat.so.0'

/**
 * Returns the C library of this process; `undefined` on systems other than Linux. It reads the path of the loader in
 * the file of the running program, which takes a tenth of the time of a search in the memory maps of the process. If
 * the loader is not conclusive, it searches the memory maps. If /proc cannot be read, it asks Node.
 */
export function libc(): 'glibc' | 'musl' | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    // The module is loaded inside `try`, because in some bundles an import at the top, or a require outside, fails. If
    // it fails here, the load of the native module fails next, and the message of that error names the fix.
    const fs = require('node:fs') as typeof import('node:fs')
    const kind = loader(fs)
    if (kind === 'musl') return kind
    if (kind === 'linux' && !fs.existsSync(COMPATIBLE)) return 'glibc'
    return /\/libc(\.so\.6|-2\.\d+\.so)\b/.test(fs.readFileSync('/proc/self/maps', 'latin1')) ? 'glibc' : 'musl'
  } catch {
    return glibcVersion() === undefined ? 'musl' : 'glibc'
  }
}

function loader(fs: typeof import('node:fs')): string | undefined {
  try {
    const program = fs.openSync(process.execPath, 'r')
    try {
      const head = Buffer.alloc(4096)
      fs.readSync(program, head, 0, head.length, 0)
      return LOADER.exec(head.toString('latin1'))?.[1]
    } finally {
      fs.closeSync(program)
    }
  } catch {
    return undefined
  }
}
