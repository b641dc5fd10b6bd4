// Starts programs of a test in processes of their own.
import { spawn } from 'node:child_process'

const LIMIT_MS = 60_000

/** Runs Node. Resolves to its exit and its output; kills it after `limit` milliseconds. */
export function node(args, { cwd, env = {}, limit = LIMIT_MS } = {}) {
  return command(process.execPath, args, { cwd, env, limit })
}

/** Runs a program. With `bare` it gets this environment only. */
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
