// Runs the test program in the Node of a given system, and returns its results.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at, json, nativeFile } from '../../scripts/paths.mjs'
import { command } from '../support/child.mjs'

const [vector] = json('__test__', 'vectors.json').secretKey
const WANTED = { golden: vector.secretKey, customer: 'notEnrolled', debit: 'settled', journal: 'SQLite format 3' }
const LIMIT_MS = 300_000

/** Makes an application with this package and one platform package, which contains this module file. */
function application(name, file) {
  const home = mkdtempSync(join(tmpdir(), 'eko-eps-prebuilt-'))
  const main = join(home, 'node_modules', 'eko-eps')
  const native = join(home, 'node_modules', '@eko-eps', name)
  cpSync(at('dist'), join(main, 'dist'), { recursive: true })
  cpSync(at('package.json'), join(main, 'package.json'))
  mkdirSync(native, { recursive: true })
  cpSync(at('npm', name, 'package.json'), join(native, 'package.json'))
  cpSync(file, join(native, `eko-eps.${name}.node`))
  cpSync(new URL('flow.cjs', import.meta.url), join(home, 'flow.cjs'))
  return home
}

/**
 * Runs the test program with a native module. Resolves to the results of the program; throws if it fails. `start` returns
 * the command that runs a program, such as `node` or an emulator.
 */
export async function flow(name, start, file = nativeFile(name)) {
  const home = application(name, file)
  try {
    const [program, ...args] = [...start(), 'flow.cjs']
    const { code, signal, stdout, stderr, late } = await command(program, args, { cwd: home, limit: LIMIT_MS })
    if (code !== 0) throw new Error(`ended with ${late ? 'the time limit' : (signal ?? code)}:\n${stdout}${stderr}`)
    const seen = JSON.parse(stdout)
    const wanted = { ...WANTED, loaded: name }
    for (const [key, value] of Object.entries(wanted))
      if (seen[key] !== value) throw new Error(`${key} is ${seen[key]}, not ${value}`)
    return seen
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
