// Bundles the signer and the client with each bundler, and runs the bundles.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { refusal } from '../runtimes/refusal.mjs'
import { node } from '../support/child.mjs'
import { serve } from './browser.mjs'
import { BUNDLERS, viteDev } from './bundlers.mjs'

export const GOLDEN = 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk='
/** Largest size of a signer's bundle in bytes: the signer, and the code that bundlers add. */
export const BUDGET = { raw: 13_400, gzip: 6_750 }
/** Names that occur only in the client. A bundle of the signer must not contain them. */
const CLIENT = ['EkoClient', 'getCustomer', 'journal', 'Sandbox', 'native_missing', 'getReport', 'linux-']
/** Bundlers that bundle CommonJS without a plugin. */
const COMMON = ['esbuild', 'rolldown', 'webpack']
const EXTERNAL = ['eko-eps', 'eko-eps/sandbox']

/** Returns the faults of a bundle that should contain only the signer. */
export function strangers(text) {
  return CLIENT.filter((name) => text.includes(name)).map((name) => `"${name}" of the client is in it`)
}

export function weight(text) {
  return { raw: Buffer.byteLength(text), gzip: gzipSync(text, { level: 9 }).length }
}

function scripts(out) {
  return readdirSync(out, { recursive: true }).filter((path) => /\.[cm]?js$/.test(path))
}

/** Bundles an application. Returns the bundler's warnings and the one script. */
async function build({ run, target }, home, app, out, external = []) {
  mkdirSync(out, { recursive: true })
  const warnings = await run({ home, app, target, out, external })
  const [script, ...more] = scripts(out)
  if (more.length > 0) throw new Error(`${app}: more than one script: ${[script, ...more]}`)
  return { warnings, script }
}

/** Runs a bundle in its target, Node or a browser. Returns what it prints, or its error. */
async function start({ target }, page, out, script) {
  if (target === 'node') {
    const { code, stdout, stderr } = await node([join(out, script)], { cwd: out })
    return code === 0 ? JSON.parse(stdout) : { error: stderr }
  }
  const server = await serve(out, script)
  try {
    return await page.see(server.origin)
  } finally {
    server.close()
  }
}

async function signer(bundler, home, page, out) {
  const { warnings, script } = await build(bundler, home, 'signer.mjs', out)
  const text = readFileSync(join(out, script), 'utf8')
  const { raw, gzip } = weight(text)
  const { seen = 'nothing', error } = await start(bundler, page, out, script)
  const faults = [...warnings, ...strangers(text)]
  if (seen !== GOLDEN) faults.push(`${seen} instead of the golden vector: ${error}`)
  if (raw > BUDGET.raw || gzip > BUDGET.gzip) faults.push(`${raw} bytes, ${gzip} gzip: over the budget`)
  const cells = [bundler.name, bundler.version, bundler.target, raw, gzip, `\`${seen}\``]
  return row('bundles', bundler, 'signer', cells, faults, 4)
}

/**
 * Tests bundles of the client. One is run away from all packages, as in a container. One leaves the package external,
 * and is run beside it.
 */
async function client(bundler, home, page, out) {
  const faults = []
  let bundled
  try {
    const { script } = await build(bundler, home, 'client.mjs', join(out, 'bundled'))
    const said = await start(bundler, page, join(out, 'bundled'), script)
    const refused = refusal(said.error ?? `it ran: ${said.seen}`)
    bundled = `says ${refused.seen}`
    faults.push(...refused.faults)
  } catch (error) {
    // Without its plugin for CommonJS, Rollup cannot bundle a CommonJS package.
    bundled = 'does not build'
    if (bundler.name !== 'rollup' || !/is not exported by .*eko-eps/.test(error.message)) faults.push(error.message)
  }
  let external = '-'
  if (bundler.target === 'node') {
    const beside = join(home, out.split('/').at(-1))
    const { warnings, script } = await build(bundler, home, 'client.mjs', beside, EXTERNAL)
    const { seen = 'nothing', error } = await start(bundler, page, beside, script)
    if (seen !== 'notEnrolled') faults.push(`left external: ${error}`)
    faults.push(...warnings)
    external = 'runs'
  }
  const cells = [bundler.name, bundler.version, bundler.target, bundled, external]
  return row('clients', bundler, 'client', cells, faults, bundler.target === 'node' ? 2 : 1)
}

/** Does the same from CommonJS, which gets a stand-in (module that refuses to load) of its own. */
async function required(bundler, home, page, out) {
  const { script } = await build(bundler, home, 'require.cjs', out)
  const said = await start(bundler, page, out, script)
  const { seen, faults } = refusal(said.error ?? `it ran: ${said.seen}`)
  const cells = [`${bundler.name}, CommonJS`, bundler.version, bundler.target, `says ${seen}`, '-']
  return row('clients', { ...bundler, name: cells[0] }, 'client', cells, faults, 1)
}

function row(table, { name, target, version }, app, cells, faults, count) {
  return { table, title: `${name} for ${target} ${app} (${version})`, cells, faults, count }
}

async function dev(home, page) {
  const server = await viteDev(home)
  try {
    const signer = await page.see(`${server.origin}/signer.html`)
    const client = await page.see(`${server.origin}/client.html`)
    const bundler = { name: 'vite dev', target: 'browser', version: server.version }
    const { seen = 'nothing', error } = signer
    const refused = refusal(client.error ?? 'it ran')
    const faults = seen === GOLDEN ? [] : [`${seen} instead of the golden vector: ${error}`]
    const cells = [bundler.name, bundler.version, bundler.target]
    return [
      row('bundles', bundler, 'signer', [...cells, '-', '-', `\`${seen}\``], faults, 1),
      row('clients', bundler, 'client', [...cells, `says ${refused.seen}`, '-'], refused.faults, 1),
    ]
  } finally {
    await server.close()
  }
}

export async function* bundled(home, page) {
  const away = mkdtempSync(join(tmpdir(), 'eko-eps-bundles-'))
  try {
    for (const [index, bundler] of BUNDLERS.entries()) {
      if (!bundler.clientOnly) yield await signer(bundler, home, page, join(away, `signer-${index}`))
      yield await client(bundler, home, page, join(away, `client-${index}`))
      if (COMMON.includes(bundler.name) && bundler.target === 'browser')
        yield await required(bundler, home, page, join(away, `required-${index}`))
    }
    yield* await dev(home, page)
  } finally {
    rmSync(away, { recursive: true, force: true })
  }
}
