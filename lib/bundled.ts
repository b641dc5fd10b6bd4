// A bundle cannot contain a native module. This file detects whether a bundler has moved the package.

/** Returns true if this file is not where it was installed. Call it only after a failure. */
export function bundled(): boolean {
  try {
    // Not imported at the top: in some bundles that import itself fails, with another message.
    const { existsSync } = require('node:fs') as typeof import('node:fs')
    const { isAbsolute, join } = require('node:path') as typeof import('node:path')
    return !isAbsolute(__dirname) || !existsSync(join(__dirname, 'bundled.js'))
  } catch {
    return true
  }
}
