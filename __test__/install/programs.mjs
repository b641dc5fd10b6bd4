// Runs programs with only the environment that they are given.
import assert from 'node:assert/strict'
import { command } from '../support/child.mjs'

const LIMIT_MS = 120_000

/** Runs a program. Resolves to its exit and its output. */
export function run(program, args, { cwd, env }) {
  return command(program, args, { cwd, env, bare: true, limit: LIMIT_MS })
}

/** Runs a program that must exit with 0. Resolves to its output. */
export async function succeed(program, args, options) {
  const { code, signal, stdout, stderr, late } = await run(program, args, options)
  const told = `${program} ${args.join(' ')} in ${options.cwd}\n${stdout}\n${stderr}`
  assert.deepEqual({ code, signal, late }, { code: 0, signal: null, late: false }, told)
  return stdout
}

/** Runs Node in the same way. */
export function node(args, options) {
  return succeed(process.execPath, args, options)
}
