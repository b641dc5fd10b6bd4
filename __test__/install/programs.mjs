// Running programs that must succeed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'

const LIMIT_MS = 120_000

/** Runs a program with exactly this environment; ends it when it does not end by itself. */
export function run(program, args, { cwd, env, limit = LIMIT_MS }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, limit)
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr, late })
    })
  })
}

/** Runs one that must end with 0, and gives what it printed. */
export async function succeed(program, args, options) {
  const { code, signal, stdout, stderr, late } = await run(program, args, options)
  const told = `${program} ${args.join(' ')} in ${options.cwd}\n${stdout}\n${stderr}`
  assert.deepEqual({ code, signal, late }, { code: 0, signal: null, late: false }, told)
  return stdout
}

/** The same for Node. */
export function node(args, options) {
  return succeed(process.execPath, args, options)
}
