// The pages of a browser test: what each may do, what it loads, and a server that gets their results.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { refusal } from './refusal.mjs'
import { bundle } from './stage.mjs'

const site = fileURLToPath(new URL('site', import.meta.url))
const LIMIT_MS = 60_000
const LOCKED = "default-src 'none'; connect-src 'self'; script-src 'self'"

/** Each page, with the policy it is under and the script it runs. */
export const PAGES = {
  page: { script: '<script type="module" src="page.js"></script>' },
  'module worker': { script: '<script src="start-worker.js" data-type="module" data-src="page.js"></script>' },
  'classic worker': { script: '<script src="start-worker.js" data-type="classic" data-src="classic.js"></script>' },
  "page, CSP with 'wasm-unsafe-eval'": {
    policy: `${LOCKED} 'wasm-unsafe-eval'`,
    script: '<script type="module" src="page.js"></script>',
  },
  'page, CSP without it': { policy: LOCKED, script: '<script type="module" src="forbidden.js"></script>' },
  'page, the client': { script: '<script type="module" src="refused.js"></script>' },
}

async function scripts(home) {
  const files = {}
  const taken = {}
  for (const [name, entry, format] of [
    ['page.js', 'page.mjs', 'esm'],
    ['classic.js', 'page.mjs', 'iife'],
    ['forbidden.js', 'forbidden.mjs', 'esm'],
    ['refused.js', 'refused.mjs', 'esm'],
  ]) {
    const { outputFiles, file } = await bundle(home, entry, { format, write: false })
    files[`/${name}`] = outputFiles[0].text
    taken[name] = file
  }
  for (const name of ['report.js', 'start-worker.js']) files[`/${name}`] = readFileSync(join(site, name))
  return { files, taken }
}

/** Opens each page in a browser, and gives its rows. */
export async function visit(home, { runtime, version, open }) {
  const { files, taken } = await scripts(home)
  const results = new Map()
  const server = createServer((request, response) => {
    const page = Object.entries(PAGES).find(([name]) => request.url === address(name))
    if (page) {
      const [, { policy, script }] = page
      const headers = { 'content-type': 'text/html', ...(policy && { 'content-security-policy': policy }) }
      const head = `<!doctype html><meta charset="utf-8"><title>signer</title><script src="report.js"></script>`
      return response.writeHead(200, headers).end(head + script)
    }
    if (request.method === 'POST') return take(request, response, results)
    const body = files[request.url]
    response.writeHead(body ? 200 : 404, { 'content-type': 'text/javascript' }).end(body ?? '')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const rows = []
    for (const [name, { script }] of Object.entries(PAGES)) {
      const result = awaited(results, `/result${address(name)}`, name)
      await open(`http://127.0.0.1:${server.address().port}${address(name)}`)
      const given = await result
      const [, source] = /src="(?!start)(\S+)"/.exec(script)
      const row = { runtime: `${runtime}, ${name}`, version, file: taken[source] }
      if (source === 'refused.js') rows.push({ ...row, ...refusal(given.error ?? 'no error') })
      else if (given.error !== undefined) throw new Error(`${row.runtime}: ${given.error}`)
      else rows.push({ ...row, ...given })
    }
    return rows
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function address(name) {
  return `/${name.replaceAll(/[^a-z]+/gi, '-')}`
}

function awaited(results, path, name) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${name} did not say anything in ${LIMIT_MS} ms`)), LIMIT_MS)
    results.set(path, (result) => {
      clearTimeout(late)
      resolve(result)
    })
  })
}

async function take(request, response, results) {
  let text = ''
  for await (const chunk of request) text += chunk
  response.writeHead(204).end()
  results.get(request.url)?.(JSON.parse(text))
}
