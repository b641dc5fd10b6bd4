// Detects whether a bundler has moved the code of this package. A bundle cannot contain the native module.

/** Returns true if this file is no longer in the folder where it was installed. Call it only after a failure. */
export function bundled(): boolean {
  try {
    // The modules are not imported at the top, because in some bundles that import would fail with another message.
    const { existsSync } = require('node:fs') as typeof import('node:fs')
    const { isAbsolute, join } = require('node:path') as typeof import('node:path')
    return !isAbsolute(__dirname) || !existsSync(join(__dirname, 'bundled.js'))
  } catch {
    return true
  }
}
