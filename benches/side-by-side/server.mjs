// Builds and starts the server that the clients call.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { at } from '../../scripts/paths.mjs'
import { run } from '../../scripts/run.mjs'

export async function buildServer() {
  await run('cargo', ['build', '--release', '--package', 'eko-eps-bench-server'], { label: 'bench server' })
}

/**
 * Starts the server, and resolves to `{ http, https, far, ca, stop }`: its addresses, its certificate, and a function
 * that stops it.
 */
export function startServer() {
  const child = spawn(at('target', 'release', 'eko-eps-bench-server'), { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const stop = () => {
    child.stdin.end()
    return ended
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`the server ended with ${code}`)))
    createInterface({ input: child.stdout }).once('line', (line) => resolve({ ...JSON.parse(line), stop }))
  })
}
