// A plain static server for the page; it records all requests.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

export const FOLDER = new URL('../../target/site/doctor/', import.meta.url)
const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript' }

export async function site() {
  const asked = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    const name = request.url === '/' ? 'index.html' : request.url.slice(1)
    const type = /^[a-z]+\.(html|css|js)$/.exec(name)?.[1]
    if (type === undefined) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[type] }).end(readFileSync(new URL(name, FOLDER)))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${server.address().port}/`, asked, close }
}
