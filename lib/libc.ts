// Which C library this process runs on: a module of the other one may not merely fail to load, but end the process.

/** glibc's version, from the report that Node makes of itself; that costs milliseconds, and waits for DNS if it may. */
export function glibcVersion(): string | undefined {
  const { report } = process as { report?: NodeJS.ProcessReport & { excludeNetwork?: boolean } }
  if (report === undefined) return undefined
  const before = report.excludeNetwork
  report.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  if (before !== undefined) report.excludeNetwork = before
  return header?.glibcVersionRuntime
}

/** The loader that an ELF file asks for: it stands near the beginning. */
const LOADER = /\/ld-(musl|linux)-[\w-]+\.so\.\d/

/** glibc's interface on top of musl, with which a program for glibc may run on Alpine. */
const COMPATIBLE = '/lib/libgcompat.so.0'

/**
 * By what the running program asks for, which takes a tenth of the time of looking through what is mapped into this process. Where
 * that says nothing certain, by what is mapped; where /proc cannot be read, Node is asked.
 */
export function libc(): 'glibc' | 'musl' | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    // Neither imported at the top nor required outside: in some bundles that fails, and what fails next says the way out.
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
