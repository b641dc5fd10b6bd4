// Measures what a process needs before its first call. Each measurement has a new process, and the packages take turns.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ACCOUNT } from './work.mjs'

const { names } = createRequire(import.meta.url)('./load-one.cjs')
const one = fileURLToPath(new URL('load-one.cjs', import.meta.url))

/** Resolves to `{ [name]: [{ requireMs, createMs, rssMb }, ...] }`, one entry for each round. */
export async function loads(rounds) {
  const results = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const { stdout } = await promisify(execFile)(process.execPath, [one, name, JSON.stringify(ACCOUNT)])
      results[name].push(JSON.parse(stdout))
    }
  }
  return results
}
