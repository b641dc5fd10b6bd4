// The HTTP clients that are compared. Each entry of `CLIENTS` prepares a client. It resolves to a function that takes
// an account and returns a call; the call resolves to its outcome.
// `connections` is the maximum number of connections of a client, which equals the number of calls in flight.
import { CUSTOMER, handSigner, PATH, read } from './work.mjs'

/** Creates an entry of `CLIENTS` in which all accounts share one transport. */
function shared(transport) {
  return async (context) => {
    const send = await transport(context)
    return (account) => send(handSigner(account))
  }
}

async function pool({ origin, ca, connections }) {
  const { Pool } = await import('undici')
  return new Pool(origin, { connections, ...(ca ? { connect: { ca } } : {}) })
}

async function undiciRequest(context) {
  const client = await pool(context)
  return (headers) => async () => {
    const { statusCode, body } = await client.request({ method: 'GET', path: PATH, headers: headers() })
    return read(statusCode, await body.json())
  }
}

/** The fastest way to use undici: it needs no streams, but this code must join the parts of the body itself. */
async function undiciDispatch(context) {
  const client = await pool(context)
  return (headers) => () =>
    new Promise((resolve, reject) => {
      const chunks = []
      let status = 0
      const handler = {
        onRequestStart() {},
        onResponseStart(_, statusCode) {
          status = statusCode
        },
        onResponseData(_, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
          try {
            resolve(read(status, JSON.parse(bytes.latin1Slice ? bytes.toString('utf8') : String(bytes))))
          } catch (error) {
            reject(error)
          }
        },
        onResponseError(_, error) {
          reject(error)
        },
      }
      client.dispatch({ method: 'GET', path: PATH, headers: headers() }, handler)
    })
}

async function globalFetch({ origin }) {
  const url = origin + PATH
  return (headers) => async () => {
    const response = await fetch(url, { headers: headers() })
    return read(response.status, await response.json())
  }
}

/**
 * Does what a typical SDK based on `fetch` does for a call: builds the address, sets a deadline, parses the answer, and
 * determines the outcome.
 */
async function plainSdk({ origin }) {
  const get = async (path, query, headers) => {
    const url = new URL(path, origin)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const response = await fetch(url, { method: 'GET', headers: headers(), signal: AbortSignal.timeout(30_000) })
    return read(response.status, await response.json())
  }
  const [path, query] = PATH.split('?')
  const params = Object.fromEntries(new URLSearchParams(query))
  return (headers) => () => get(path, params, headers)
}

async function axiosClient({ origin, connections }) {
  const { default: axios } = await import('axios')
  const { Agent } = await import('node:http')
  const client = axios.create({
    baseURL: origin,
    httpAgent: new Agent({ keepAlive: true, maxSockets: connections }),
    proxy: false,
  })
  return (headers) => async () => {
    const { status, data } = await client.get(PATH, { headers: headers() })
    return read(status, data)
  }
}

async function gotClient({ origin, connections }) {
  const { default: got } = await import('got')
  const { Agent } = await import('node:http')
  const client = got.extend({
    prefixUrl: origin,
    agent: { http: new Agent({ keepAlive: true, maxSockets: connections }) },
    retry: { limit: 0 },
    responseType: 'json',
  })
  return (headers) => async () => {
    const { statusCode, body } = await client.get(PATH.slice(1), { headers: headers() })
    return read(statusCode, body)
  }
}

async function impitClient({ origin }) {
  const { Impit } = await import('impit')
  const client = new Impit()
  const url = origin + PATH
  return (headers) => async () => {
    const response = await client.fetch(url, { headers: headers() })
    return read(response.status, await response.json())
  }
}

/**
 * The vendor's own package. It has no call for senders, so another call is made. It returns `data` of the answer's body
 * and determines no outcome.
 */
async function ekoSdk({ origin }) {
  // The package prints every request and answer with `console.debug`. Writing to a terminal would take most of the
  // measured time.
  console.debug = () => {}
  const { default: billPayments } = await import('@ekoindia/eko-sdk-node/billPayments.js')
  const { hostname, port } = new URL(origin)
  return ({ developerKey, accessKey, initiatorId, userCode }) => {
    const config = {
      hostname,
      port,
      allowInsecureRequest: true,
      developerKey,
      authKey: accessKey,
      initiatorId,
      partnerUserCode: userCode,
    }
    return () =>
      new Promise((resolve, reject) => {
        billPayments.getOperatorParameters(config, { operator: '90' }, (error, body) => {
          if (error) reject(new Error(error.statusMessage ?? error.errorMessage ?? String(error)))
          else resolve({ outcome: body ? 'found' : 'other', name: body?.customer_profile?.name })
        })
      })
  }
}

async function ours({ origin, ca }) {
  const { EkoClient } = await import('../../dist/index.mjs')
  return (account) => {
    const eko = new EkoClient({ ...account, baseUrl: `${origin}/ekoapi/v3`, ...(ca ? { ca } : {}) })
    return async () => {
      const answer = await eko.dmt.getSender({ customerId: CUSTOMER })
      return { outcome: answer.outcome, name: answer.sender?.name }
    }
  }
}

export const CLIENTS = {
  'eko-eps': ours,
  'undici request': shared(undiciRequest),
  'undici dispatch': shared(undiciDispatch),
  fetch: shared(globalFetch),
  'fetch SDK': shared(plainSdk),
  axios: shared(axiosClient),
  got: shared(gotClient),
  impit: shared(impitClient),
  'eko-sdk-node': ekoSdk,
}
