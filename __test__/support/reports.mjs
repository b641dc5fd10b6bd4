// A server on loopback to which pages report their results. On the pages of the runtime tests, site/report.js sends the
// reports.
import { createServer } from 'node:http'

const LIMIT_MS = 60_000

/** Starts the server. `answer` serves the requests; `next` waits for the report of the page at a path. */
export async function reports(answer) {
  const waiting = new Map()
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return answer(request, response)
    let text = ''
    for await (const chunk of request) text += chunk
    response.writeHead(204).end()
    waiting.get(request.url)?.(JSON.parse(text))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    next(path) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${path} did not say anything in ${LIMIT_MS} ms`)), LIMIT_MS)
        waiting.set(`/result${path}`, (result) => {
          clearTimeout(late)
          resolve(result)
        })
      })
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
