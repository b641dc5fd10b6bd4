// Tests in runtimes that cannot compile WebAssembly from bytes and have no packages: workerd alone and in miniflare,
// and the edge-runtime.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bin, install } from '../support/tools.mjs'
import { refusal } from './refusal.mjs'
import { bundle, rows } from './stage.mjs'

const require = createRequire(import.meta.url)
const here = fileURLToPath(new URL('.', import.meta.url))
const wide = fileURLToPath(new URL('wide', import.meta.url))
const LIMIT_MS = 60_000
/** A compatibility date from before Workers could compile bytes at start-up. */
const OLD = '2024-09-23'

/** Bundles a Worker. The wasm file stays beside the bundle. */
async function worker(home, app) {
  const outdir = join(home, `${app}-workerd`)
  const { files } = await bundle(home, app, {
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy' },
    outfile: undefined,
    outdir,
  })
  return {
    files,
    outdir,
    main: app.replace('.mjs', '.js'),
    wasm: readdirSync(outdir).filter((n) => n.endsWith('.wasm')),
  }
}

function workerdTest(outdir, main, wasm) {
  const modules = [
    `(name = "${main}", esModule = embed "${main}")`,
    ...wasm.map((name) => `(name = "${name}", wasm = embed "${name}")`),
  ]
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .app)]);
const app :Workerd.Worker = (compatibilityDate = "${OLD}", modules = [${modules.join(', ')}]);
`
  writeFileSync(join(outdir, 'config.capnp'), config)
  return new Promise((resolve, reject) => {
    const args = ['test', 'config.capnp', '--verbose']
    const child = spawn(bin(here, 'workerd'), args, { cwd: outdir, timeout: LIMIT_MS })
    let text = ''
    child.stdout.on('data', (chunk) => (text += chunk))
    child.stderr.on('data', (chunk) => (text += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text }))
  })
}

/** Applications that sign with the wasm file beside their bundle. */
const APPS = ['worker.mjs', 'entries-worker.mjs']

export async function workerd(home) {
  const { version } = require('workerd/package.json')
  const table = []
  for (const app of APPS) {
    const { files, outdir, main, wasm } = await worker(home, app)
    if (wasm.length !== 1) throw new Error(`workerd, ${app}: ${wasm.length} wasm files are beside the bundle`)
    const { code, text } = await workerdTest(outdir, main, wasm)
    const result = /RESULT (.*)/.exec(text)?.[1]
    if (code !== 0 || result === undefined) throw new Error(`workerd, ${app} ended with ${code}:\n${text}`)
    table.push(...rows('workerd', version, files, JSON.parse(result)))
  }
  const { files, outdir, main, wasm } = await worker(home, 'refused.mjs')
  const refused = await workerdTest(outdir, main, wasm)
  if (refused.code === 0) throw new Error('workerd: the client was imported')
  return [...table, ...rows('workerd', version, files, refusal(refused.text))]
}

export async function miniflare(home) {
  install(wide)
  const { Miniflare } = createRequire(join(wide, 'x.js'))('miniflare')
  const { version } = createRequire(join(wide, 'x.js'))('miniflare/package.json')
  const table = []
  for (const app of APPS) {
    const { files, outdir, main, wasm } = await worker(home, app)
    const module = (type) => (name) => ({ type, path: name, contents: readFileSync(join(outdir, name)) })
    const modules = [...[main].map(module('ESModule')), ...wasm.map(module('CompiledWasm'))]
    const flare = new Miniflare({ compatibilityDate: OLD, modules, host: '127.0.0.1', port: 0, cf: false })
    try {
      const response = await flare.dispatchFetch('http://loopback.invalid/')
      table.push(...rows('miniflare', version, files, await response.json()))
    } finally {
      await flare.dispose()
    }
  }
  return table
}

/**
 * Runs in the edge-runtime, where neither text nor bytes may become code. The wasm module is passed in from outside, as
 * on Vercel.
 */
export async function edge(home) {
  const { EdgeRuntime } = await import('edge-runtime')
  const { version } = require('edge-runtime/package.json')
  let wasm
  const handOver = {
    name: 'hand the module over',
    setup(builder) {
      builder.onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => {
        wasm = join(resolveDir, path.replace('?module', ''))
        return { path: wasm, namespace: 'module' }
      })
      builder.onLoad({ filter: /.*/, namespace: 'module' }, () => ({
        contents: 'export default globalThis.signerModule',
      }))
    },
  }
  const options = { format: 'iife', conditions: ['edge-light'], write: false, plugins: [handOver] }
  const start = ({ outputFiles }, extend) =>
    new EdgeRuntime({
      initialCode: outputFiles[0].text,
      codeGeneration: { strings: false, wasm: false },
      extend: (context) => Object.assign(context, extend),
    })
  const table = []
  for (const app of ['edge.mjs', 'entries-edge.mjs']) {
    const built = await bundle(home, app, options)
    const runtime = start(built, { signerModule: new WebAssembly.Module(readFileSync(wasm)) })
    const response = await runtime.dispatchFetch('http://loopback.invalid/')
    table.push(...rows('edge-runtime', version, built.files, await response.json()))
  }
  const client = await bundle(home, 'refused.mjs', options)
  let message = 'the client was imported'
  try {
    start(client, {})
  } catch (error) {
    message = error.message
  }
  return [...table, ...rows('edge-runtime', version, client.files, refusal(message))]
}
