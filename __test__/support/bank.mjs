// A plain server that takes debits: it counts each complete request and gives the answer that a test sets.
import http from 'node:http'

/** Returns an answer to a transfer, or to an inquiry about one. */
export function transaction(reference, changes = {}) {
  const data = { tx_status: '0', tid: '12971397', client_ref_id: reference, amount: '100.0', fee: '10.0', ...changes }
  return { status: 0, response_status_id: 0, response_type_id: 325, message: 'ok', data }
}

/** The answer to an inquiry about an unknown transaction. */
export const NOTHING = { status: 1, response_status_id: -1, message: 'No such transaction', data: {} }

/**
 * Starts the bank, on the given port or on a free one. A test may replace its functions `debit` and `inquiry`. They get
 * a reference or a tid, and return JSON, `{ http, text }`, 'close', 'silence' or `{ later }`, which is a promise of one
 * of these.
 */
export async function bank(port = 0) {
  const own = {
    debits: [],
    inquiries: [],
    debit: (reference) => transaction(reference),
    inquiry: (reference) => transaction(reference),
    /** Resolves when this many debits have arrived. */
    arrived: (count) =>
      new Promise((resolve) => {
        const look = () => own.debits.length >= count && resolve()
        watchers.push(look)
        look()
      }),
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
  const watchers = []
  const server = http.createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const inquired = /\/tools\/reference\/transaction\/(?:client_ref_id:)?([^?]+)/.exec(request.url)?.[1]
      if (inquired !== undefined) {
        own.inquiries.push(inquired)
        return reply(request, response, own.inquiry(inquired))
      }
      const body = JSON.parse(Buffer.concat(chunks).toString())
      const reference = body.client_ref_id ?? /\/refund\/([^/?]+)/.exec(request.url)?.[1]
      own.debits.push({ reference, body, headers: request.headers })
      for (const look of watchers) look()
      reply(request, response, own.debit(reference))
    })
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  own.baseUrl = `http://127.0.0.1:${server.address().port}/ekoapi/v3`
  return own
}

async function reply(request, response, given) {
  const answer = (await given.later) ?? given
  if (answer === 'silence') return
  if (answer === 'close') return request.socket.destroy()
  const { http: status = 200, text = JSON.stringify(answer) } = answer
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(text)
}
