// Detects whether a bundler has moved the code of this package. A bundle cannot contain the native module.

/**
 * Returns true if this file is no longer in its installed folder. Call it only after the native module failed to load.
 */
export function bundled(): boolean {
  try {
    // In some bundles, a top-level import of these modules would fail with another message.
    const { existsSync } = require('node:fs') as typeof import('node:fs')
    const { isAbsolute, join } = require('node:path') as typeof import('node:path')
    return !isAbsolute(__dirname) || !existsSync(join(__dirname, 'bundled.js'))
  } catch {
    return true
  }
}
