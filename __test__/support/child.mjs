// Programs of a test's own, in processes of their own.
import { spawn } from 'node:child_process'

const LIMIT_MS = 60_000

/** Runs node and resolves to how it ended and what it printed; ends it when it does not end by itself. */
export function node(args, { cwd, env = {}, limit = LIMIT_MS } = {}) {
  return command(process.execPath, args, { cwd, env, limit })
}

/** Runs a program; `bare`: with this environment and nothing else. */
export function command(program, args, { cwd, env = {}, bare = false, limit = LIMIT_MS } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: bare ? env : { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
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
