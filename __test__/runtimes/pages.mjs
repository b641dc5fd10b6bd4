// The pages of a browser test, each with its content policy and its script.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reports } from '../support/reports.mjs'
import { refusal } from './refusal.mjs'
import { bundle, rows } from './stage.mjs'

const site = fileURLToPath(new URL('site', import.meta.url))
const LOCKED = "default-src 'none'; connect-src 'self'; script-src 'self'"

/** Each page with its policy, its script and, for a worker, the kind of worker. */
const PAGES = {
  page: { script: 'page.js' },
  'module worker': { script: 'page.js', worker: 'module' },
  'classic worker': { script: 'classic.js', worker: 'classic' },
  "page, CSP with 'wasm-unsafe-eval'": { script: 'page.js', policy: `${LOCKED} 'wasm-unsafe-eval'` },
  'page, CSP without it': { script: 'forbidden.js', policy: LOCKED },
  'page, CSP without it, WebCrypto': { script: 'webcrypto.js', policy: LOCKED },
  'page, other entries': { script: 'entries.js' },
  'page, the client': { script: 'refused.js' },
}
const SCRIPTS = {
  'page.js': ['page.mjs', 'esm'],
  'classic.js': ['page.mjs', 'iife'],
  'forbidden.js': ['forbidden.mjs', 'esm'],
  'webcrypto.js': ['webcrypto-page.mjs', 'esm'],
  'entries.js': ['entries-page.mjs', 'esm'],
  'refused.js': ['refused.mjs', 'esm'],
}

function address(name) {
  return `/${name.replaceAll(/[^a-z]+/gi, '-')}`
}

function html({ script, worker }) {
  const start = worker
    ? `<script src="start-worker.js" data-type="${worker}" data-src="${script}"></script>`
    : `<script type="module" src="${script}"></script>`
  return `<!doctype html><meta charset="utf-8"><title>signer</title><script src="report.js"></script>${start}`
}

/** Returns what the server serves: address, type, body and policy. */
async function contents(home) {
  const served = new Map()
  const taken = {}
  for (const [name, [entry, format]] of Object.entries(SCRIPTS)) {
    const { outputFiles, files } = await bundle(home, entry, { format, write: false })
    served.set(`/${name}`, { type: 'text/javascript', body: outputFiles[0].text })
    taken[name] = files
  }
  for (const name of ['report.js', 'start-worker.js'])
    served.set(`/${name}`, { type: 'text/javascript', body: readFileSync(join(site, name)) })
  for (const [name, page] of Object.entries(PAGES))
    served.set(address(name), { type: 'text/html', body: html(page), policy: page.policy })
  return { served, taken }
}

/** Opens each page in a browser. Returns the rows of the table. */
export async function visit(home, { runtime, version, open }) {
  const { served, taken } = await contents(home)
  const server = await reports((request, response) => {
    const { type, body, policy } = served.get(request.url) ?? {}
    if (body === undefined) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': type, ...(policy && { 'content-security-policy': policy }) }).end(body)
  })
  try {
    const table = []
    for (const [name, { script }] of Object.entries(PAGES)) {
      const next = server.next(address(name))
      await open(server.origin + address(name))
      const given = await next
      const title = `${runtime}, ${name}`
      if (script !== 'refused.js' && given.error !== undefined) throw new Error(`${title}: ${given.error}`)
      const results = script === 'refused.js' ? refusal(given.error ?? 'it was imported') : given
      table.push(...rows(title, version, taken[script], results))
    }
    return table
  } finally {
    server.close()
  }
}
