// Next with both of its builders: the signer runs in a page, an edge route and a Node route, and the client in a Node
// route.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { refusal } from '../runtimes/refusal.mjs'
import { command } from '../support/child.mjs'
import { install } from '../support/tools.mjs'
import { BUDGET, GOLDEN, strangers, weight } from './bundled.mjs'

const folder = fileURLToPath(new URL('next', import.meta.url))
const LIMIT_MS = 600_000
const ENV = { NEXT_TELEMETRY_DISABLED: '1', NEXT_IGNORE_INCORRECT_LOCKFILE: '1', CI: '1' }
/** Begin of a WebAssembly module in base64. */
const WASM = 'AGFzbQ'

/** Makes an application with its own packages, as a user would have it. */
async function application(home) {
  install(folder)
  const app = mkdtempSync(join(tmpdir(), 'eko-eps-next-'))
  for (const name of ['app', 'next.config.mjs', 'package.json'])
    cpSync(join(folder, name), join(app, name), { recursive: true })
  for (const from of [folder, home]) {
    const { code, stderr } = await command('cp', ['-a', join(from, 'node_modules'), app], { limit: LIMIT_MS })
    if (code !== 0) throw new Error(stderr)
  }
  return app
}

async function build(app, builder, external) {
  rmSync(join(app, '.next'), { recursive: true, force: true })
  const args = [join(app, 'node_modules/next/dist/bin/next'), 'build', `--${builder}`]
  const env = { ...ENV, EXTERNAL: external ? '1' : '0' }
  const { code, stdout, stderr } = await command(process.execPath, args, { cwd: app, env, limit: LIMIT_MS })
  return { code, text: stdout + stderr }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/**
 * Starts the built server in a folder away from the application. Next cannot take a port that the system picks, so a
 * free one is found before.
 */
async function start(app) {
  const away = mkdtempSync(join(tmpdir(), 'eko-eps-standalone-'))
  cpSync(join(app, '.next/standalone'), away, { recursive: true })
  cpSync(join(app, '.next/static'), join(away, '.next/static'), { recursive: true })
  const port = await freePort()
  const env = { ...process.env, ...ENV, PORT: String(port), HOSTNAME: '127.0.0.1' }
  const child = spawn(process.execPath, ['server.js'], { cwd: away, env, timeout: LIMIT_MS })
  let text = ''
  await new Promise((resolve, reject) => {
    const take = (chunk) => {
      text += chunk
      if (/Ready in/.test(text)) resolve()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`the server of Next ended with ${code}:\n${text}`)))
  })
  return {
    origin: `http://127.0.0.1:${port}`,
    said: () => text,
    async close() {
      const ended = new Promise((resolve) => child.on('close', resolve))
      child.kill('SIGKILL')
      await ended
      rmSync(away, { recursive: true, force: true })
    },
  }
}

/** Returns the script of the page that contains the signer. */
function chunk(app) {
  const chunks = join(app, '.next/static/chunks')
  const texts = readdirSync(chunks, { recursive: true })
    .filter((path) => path.endsWith('.js'))
    .map((path) => readFileSync(join(chunks, path), 'utf8'))
    .filter((text) => text.includes(WASM))
  if (texts.length !== 1) throw new Error(`the signer is in ${texts.length} scripts`)
  return texts[0]
}

async function built(app, builder, version, page) {
  const { code, text } = await build(app, builder, true)
  if (code !== 0) throw new Error(`next build --${builder}:\n${text}`)
  const script = chunk(app)
  const { raw, gzip } = weight(script)
  const server = await start(app)
  const name = `Next, ${builder}`
  const signed = (target, seen, size, faults) => ({
    table: 'bundles',
    title: `${name} for ${target} signer (${version})`,
    cells: [name, version, target, ...size, `\`${seen}\``],
    faults: seen === GOLDEN ? faults : [...faults, `${seen} instead of the golden vector`],
    count: target === 'browser' ? 3 : 1,
  })
  const route = async (path) => (await (await fetch(server.origin + path)).json()).seen
  try {
    const heavy = raw > BUDGET.raw || gzip > BUDGET.gzip ? [`${raw} bytes, ${gzip} gzip: over the budget`] : []
    const { seen = 'nothing' } = await page.see(server.origin)
    const faults = [...strangers(script), ...heavy]
    const rows = [
      signed('browser', seen, [raw, gzip], faults),
      signed('edge', await route('/edge'), ['-', '-'], []),
      signed('node', await route('/node'), ['-', '-'], []),
    ]
    return { rows, external: await route('/client').catch(() => server.said()) }
  } finally {
    await server.close()
  }
}

export async function* next(home, page) {
  const app = await application(home)
  try {
    const { version } = JSON.parse(readFileSync(join(app, 'node_modules/next/package.json'), 'utf8'))
    for (const builder of ['webpack', 'turbopack']) {
      const { rows, external } = await built(app, builder, version, page)
      yield* rows
      const { code, text } = await build(app, builder, false)
      const refused = refusal(code === 0 ? 'it was built' : text)
      const faults = external === 'notEnrolled' ? refused.faults : [...refused.faults, `left external: ${external}`]
      yield {
        table: 'clients',
        title: `Next, ${builder} for node client (${version})`,
        cells: [`Next, ${builder}`, version, 'node', `says ${refused.seen}`, 'runs'],
        faults,
        count: 2,
      }
    }
  } finally {
    rmSync(app, { recursive: true, force: true })
  }
}
