// Tests in runtimes that are programs with packages and files (such as Node): the signer and the client, as ES modules
// and as CommonJS.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bin, install } from '../support/tools.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const releases = fileURLToPath(new URL('nodes', import.meta.url))
const LIMIT_MS = 120_000

/** Runs an application. It must end by itself before the limit. */
function program(file, args, home) {
  const text = execFileSync(file, args, {
    cwd: home,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return text.trim().split('\n').at(-1)
}

function rows(runtime, version, apps, start) {
  return apps.flatMap((app) => {
    const system = app.endsWith('.cjs') ? 'CommonJS' : 'ES module'
    const results = [JSON.parse(start(app))].flat()
    return results.map((result) => ({ runtime: `${runtime}, ${system}`, version, ...result }))
  })
}

const APPS = ['signer.mjs', 'signer.cjs', 'entries.mjs', 'entries.cjs', 'client.mjs', 'client.cjs']

/** Runs the applications in every release line of Node that has users. */
export function nodes(home) {
  install(releases)
  return [20, 22, 24, 26].flatMap((major) => {
    const file = `${releases}/node_modules/node-${major}/bin/node`
    const version = program(file, ['--version'], home).slice(1)
    return rows(`Node ${major}`, version, APPS, (app) => program(file, [app], home))
  })
}

export function bun(home) {
  const file = bin(here, 'bun')
  return rows('Bun', program(file, ['--version'], home), APPS, (app) => program(file, [app], home))
}

export function deno(home) {
  const file = bin(here, 'deno')
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).split(/\s/)[1]
  const run = ['run', '--no-remote', '--no-lock', '--node-modules-dir=manual']
  return [
    // The signer needs no permission and gets none. A native module needs all.
    ...rows('Deno', version, ['deno.mjs', 'signer.cjs', 'entries.mjs', 'entries.cjs'], (app) =>
      program(file, [...run, app], home),
    ),
    ...rows('Deno', version, ['client.mjs', 'client.cjs'], (app) => program(file, [...run, '-A', app], home)),
  ]
}
