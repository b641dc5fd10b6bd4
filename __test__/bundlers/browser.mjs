// Runs an application in a browser page, and reads what it prints.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { launch } from '../runtimes/chromium.mjs'

const LIMIT_MS = 60_000
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' }

/**
 * Starts a browser. Its `see` opens an address and resolves to the first JSON that the page prints, or to its error.
 */
export async function browser() {
  const chromium = await launch()
  // All tests share this page, because this build of Chromium ends with its last page.
  const page = await chromium.newPage()
  let take = () => {}
  page.on('pageerror', ({ message }) => take({ error: message }))
  page.on('console', (message) => {
    if (message.text().startsWith('{')) take(JSON.parse(message.text()))
  })
  return {
    async see(url) {
      let late
      try {
        return await new Promise((resolve, reject) => {
          late = setTimeout(() => reject(new Error(`${url} did not say anything in ${LIMIT_MS} ms`)), LIMIT_MS)
          take = resolve
          page.goto(url).catch(reject)
        })
      } finally {
        clearTimeout(late)
        await page.goto('about:blank')
      }
    },
    close: () => chromium.close(),
  }
}

/** Serves a folder, and at `/` a page that runs a script of this folder. */
export async function serve(folder, script) {
  const server = createServer((request, response) => {
    const type = TYPES[extname(request.url)] ?? 'text/html'
    try {
      const page = `<!doctype html><meta charset="utf-8"><title>app</title><script type="module" src="/${script}"></script>`
      const body = request.url === '/' ? page : readFileSync(join(folder, normalize(request.url)))
      response.writeHead(200, { 'content-type': type }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }
}
