// How the suite gets into each runtime and its result out again. Each gives { name, version, result }.
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const bin = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url))
const LIMIT_MS = 60_000

function program(file, args, home) {
  const text = execFileSync(file, args, {
    cwd: home,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return text.trim().split('\n').at(-1)
}

function bundle(home, entry, options) {
  const { buildSync } = require('esbuild')
  buildSync({ absWorkingDir: home, bundle: true, entryPoints: [entry], logLevel: 'error', ...options })
}

function nodeEsm(home) {
  return {
    name: 'Node ESM',
    version: process.version,
    result: JSON.parse(program(process.execPath, ['node.mjs'], home)),
  }
}

function nodeCjs(home) {
  return {
    name: 'Node CJS',
    version: process.version,
    result: JSON.parse(program(process.execPath, ['node.cjs'], home)),
  }
}

function deno(home) {
  const version =
    program(bin('deno'), ['--version'], home) &&
    execFileSync(bin('deno'), ['--version'], { encoding: 'utf8' }).split(/\s/)[1]
  // No permission is given: a signer needs none.
  const args = ['run', '--no-remote', '--no-lock', '--node-modules-dir=manual', 'deno.mjs']
  return { name: 'Deno', version, result: JSON.parse(program(bin('deno'), args, home)) }
}

function bun(home) {
  const version = program(bin('bun'), ['--version'], home)
  return { name: 'Bun', version, result: JSON.parse(program(bin('bun'), ['node.mjs'], home)) }
}

/** With a compatibility date from before Workers could compile bytes at start-up. */
function workerd(home) {
  bundle(home, 'workerd.mjs', {
    format: 'esm',
    conditions: ['workerd', 'worker'],
    loader: { '.wasm': 'copy' },
    outdir: 'workerd',
  })
  const out = join(home, 'workerd')
  const wasm = readdirSync(out).filter((name) => name.endsWith('.wasm'))
  if (wasm.length !== 1) throw new Error(`workerd: the bundle has ${wasm.length} wasm files beside it`)
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .app)]);
const app :Workerd.Worker = (compatibilityDate = "2024-09-23", modules = [
  (name = "workerd.js", esModule = embed "workerd.js"),
  (name = "${wasm[0]}", wasm = embed "${wasm[0]}"),
]);
`
  writeFileSync(join(out, 'config.capnp'), config)
  return new Promise((resolve, reject) => {
    const child = spawn(bin('workerd'), ['test', 'config.capnp', '--verbose'], { cwd: out, timeout: LIMIT_MS })
    let text = ''
    child.stdout.on('data', (chunk) => (text += chunk))
    child.stderr.on('data', (chunk) => (text += chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      const result = /RESULT (\{.*\})/.exec(text)?.[1]
      if (code !== 0 || result === undefined) return reject(new Error(`workerd ended with ${code}:\n${text}`))
      resolve({ name: 'workerd', version: require('workerd/package.json').version, result: JSON.parse(result) })
    })
  })
}

/** Where neither text nor bytes may become code: the module comes in from outside, as on Vercel. */
async function edge(home) {
  const { EdgeRuntime } = await import('edge-runtime')
  const { build } = require('esbuild')
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
  const options = { bundle: true, format: 'iife', conditions: ['edge-light'], write: false, logLevel: 'error' }
  const built = await build({ absWorkingDir: home, entryPoints: ['edge.mjs'], plugins: [handOver], ...options })
  const signerModule = new WebAssembly.Module(readFileSync(wasm))
  const runtime = new EdgeRuntime({
    initialCode: built.outputFiles[0].text,
    codeGeneration: { strings: false, wasm: false },
    extend: (context) => Object.assign(context, { signerModule }),
  })
  const response = await runtime.dispatchFetch('http://loopback.invalid/')
  return { name: 'edge-runtime', version: require('edge-runtime/package.json').version, result: await response.json() }
}

/** A real Chromium: the main thread, and a module worker. */
async function chromium(home) {
  bundle(home, 'page.mjs', { format: 'esm', outfile: join(home, 'site', 'app.js') })
  const files = {
    '/': [
      'text/html',
      '<!doctype html><meta charset="utf-8"><title>signer</title><script type="module" src="app.js"></script>',
    ],
    '/app.js': ['text/javascript', readFileSync(join(home, 'site', 'app.js'))],
  }
  const server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? ['text/plain', undefined]
    response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body ?? '')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { default: binary } = await import('@sparticuz/chromium')
  const { chromium: browsers } = await import('playwright-core')
  const executablePath = await libraries(await binary.executablePath())
  const args = [
    ...binary.args,
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ]
  const browser = await browsers.launch({ executablePath, args, headless: true, timeout: LIMIT_MS })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    await page.waitForFunction(() => globalThis.result !== undefined, undefined, { timeout: LIMIT_MS })
    const result = await page.evaluate(() => globalThis.result)
    const inWorker = await page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker('app.js', { type: 'module' })
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
        }),
    )
    const version = browser.version()
    return [
      { name: 'Chromium page', version, result },
      { name: 'Chromium worker', version, result: inWorker },
    ]
  } finally {
    await browser.close()
    server.close()
  }
}

/** The package brings NSS along for machines that lack it, but unpacks it only where it believes to be in a Lambda. */
async function libraries(path) {
  if (!execFileSync('ldd', [path], { encoding: 'utf8' }).includes('not found')) return path
  const part = (name) => import(new URL(`node_modules/@sparticuz/chromium/build/esm/${name}`, import.meta.url))
  const [{ inflate }, { setupLambdaEnvironment }] = await Promise.all([part('lambdafs.js'), part('helper.js')])
  await inflate(fileURLToPath(new URL('node_modules/@sparticuz/chromium/bin/al2023.tar.br', import.meta.url)))
  setupLambdaEnvironment(join(tmpdir(), 'al2023', 'lib'))
  return path
}

export const RUNTIMES = [nodeEsm, nodeCjs, deno, bun, workerd, edge, chromium]
