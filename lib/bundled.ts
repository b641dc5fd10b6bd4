// A bundle has no place for a native module. This tells whether the package was put into one.

/** Whether this file is no longer where it was installed. Only to be asked when something has gone wrong. */
export function bundled(): boolean {
  try {
    // Not imported at the top: in some bundles that alone would fail, with another message.
    const { existsSync } = require('node:fs') as typeof import('node:fs')
    const { isAbsolute, join } = require('node:path') as typeof import('node:path')
    return !isAbsolute(__dirname) || !existsSync(join(__dirname, 'bundled.js'))
  } catch {
    return true
  }
}
