// A plain server on loopback that is independent of our sandbox.
import http from 'node:http'

/** Options of a client that calls this server. */
export const KEYS = {
  developerKey: 'canary-developer-key-7261',
  accessKey: 'canary-access-key-4f1d',
  initiatorId: '9962981729',
  userCode: '20810200',
}

/** Params of a transfer, without its reference. */
export const TRANSFER = {
  recipientId: '117015428',
  amount: '100',
  customerId: '9000000003',
  otp: '004217',
  otpRefId: '667007109',
}

/** An answer of `getCustomer` that resolves to `otpRequired`, with the customer's id as its reference. */
export function otpRequired(customerId) {
  return {
    response_status_id: 0,
    data: { otp_ref_id: customerId, intent_id: 19 },
    response_type_id: 2129,
    message: 'OTP sent',
    status: 2129,
  }
}

/** Returns the customer's id in the path of a `getCustomer`. */
export function customerOf(request) {
  return /\/customer\/profile\/(\d+)/.exec(request.url)?.[1]
}

/**
 * Starts the server. `answer(request, body)` returns JSON, an object whose `text` is sent as it is, `undefined` to
 * leave the request without an answer, or a promise of one of these.
 */
export async function serve(answer, status = 200) {
  const requests = []
  const server = http.createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      const body = Buffer.concat(chunks).toString()
      requests.push({ method: request.method, url: request.url, headers: request.headers, body })
      const json = await answer(request, body)
      if (json === undefined) return
      response.statusCode = status
      response.setHeader('content-type', 'application/json')
      response.end(json.text ?? JSON.stringify(json))
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${server.address().port}/ekoapi/v3`,
    requests,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
