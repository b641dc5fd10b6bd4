// Detects the C library of this process. A native module that was built for another C library may fail to load, or even
// crash the process.

/**
 * Returns the version of glibc from Node's process report, which takes milliseconds. The report's network part is
 * excluded, because it could wait for DNS.
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

/** Pattern of the dynamic loader's path, which is near the beginning of an ELF file. */
const LOADER = /\/ld-(musl|linux)-[\w-]+\.so\.\d/

/** Path of a library that gives musl the interface of glibc. With it, a program for glibc may run on Alpine. */
const COMPATIBLE = '/lib/libgcompat.so.0'

/**
 * Returns the C library of this process; `undefined` on systems other than Linux. First, the path of the dynamic loader
 * is read from the program file. If that path is not conclusive, the memory maps are searched, which takes ten times as
 * long. If /proc cannot be read, Node's report decides.
 */
export function libc(): 'glibc' | 'musl' | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    // In some bundles, loading `node:fs` fails. The native module then fails to load too, with an error that names the
    // fix.
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
