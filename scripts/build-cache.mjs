// Detects changed inputs of a build by their content, because a checkout changes the times of unchanged files.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { at, root } from './paths.mjs'

/** Returns all files below these paths, sorted, with the same names on every system. */
export function files(...paths) {
  const found = []
  const visit = (path) => {
    const full = join(root, path)
    if (!existsSync(full)) return
    if (statSync(full).isFile()) return found.push(path)
    for (const name of readdirSync(full)) visit(posix.join(path, name))
  }
  for (const path of paths) visit(path)
  return found.sort()
}

/** Returns a hash of the names and contents of all files below these paths. */
export function digest(...paths) {
  const hash = createHash('sha256')
  for (const path of files(...paths))
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0')
  return hash.digest('hex')
}

/** Returns true if `stamp` last stored `value` under this name, and all `outputs` exist. */
export function fresh(name, value, outputs) {
  const stamp = at('.cache', name)
  return (
    existsSync(stamp) && readFileSync(stamp, 'utf8') === value && outputs.every((path) => existsSync(join(root, path)))
  )
}

/** Stores `value` under this name, so that `fresh` can compare it later. */
export function stamp(name, value) {
  const path = at('.cache', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, value)
}
