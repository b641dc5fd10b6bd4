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

/** What is mapped into this process says it faster than a report; where /proc cannot be read, Node is asked. */
export function libc(): 'glibc' | 'musl' | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    // Not imported at the top: in some bundles that alone would fail, with another message.
    const { readFileSync } = require('node:fs') as typeof import('node:fs')
    return /\/libc(\.so\.6|-2\.\d+\.so)\b/.test(readFileSync('/proc/self/maps', 'latin1')) ? 'glibc' : 'musl'
  } catch {
    return glibcVersion() === undefined ? 'musl' : 'glibc'
  }
}
