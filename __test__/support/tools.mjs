// Installs tools that only some tests need. Each has its own package.json and lock file, and is installed when it is
// first used.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Installs the packages of a folder's lock file, unless they are there already. */
export function install(folder) {
  const marker = join(folder, 'node_modules', '.installed')
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  console.log(`installing ${JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).description}`)
  // `npm ci` wants the packages of every platform in the lock file, and not every registry has them all.
  execFileSync(npm, ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: npm.endsWith('.cmd'),
  })
  writeFileSync(marker, wanted)
}

/** Returns the path of a program that is installed in a folder. */
export function bin(folder, name) {
  return join(folder, 'node_modules', '.bin', name)
}
