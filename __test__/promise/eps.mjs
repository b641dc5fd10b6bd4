// An EPS on loopback. A test sets its answers, and it records all requests and all bookings.
//
// `eps.answer.debit = (request, eps) => reply` answers each request of a kind (`debit`, `refund`, `inquiry`, `read`).
// Without such a function, or if it returns `undefined`, EPS answers honestly: a debit is booked and settled, an
// inquiry finds the bookings of its own initiator, a refund is done. A timestamp that was used before is refused, as
// EPS does.
//
// A reply is { http, json | text | bytes, headers, date, books, after, drop }:
//   books   what is booked before the answer: `true`, or changes to the booking
//   after   a promise to wait for
//   drop    'reset' or 'close' instead of an answer, or 'never'
//   date    milliseconds by which the Date header is ahead; `null` for none; a text is sent as it is
import http from 'node:http'

export const INITIATOR = '9962981729'
const WAIT_MS = 10_000

/** Returns the `data` of EPS's answer about a transaction. */
export const named = (reference, changes = {}) => ({
  tx_status: '0',
  tid: '700100',
  client_ref_id: reference,
  amount: '100.0',
  ...changes,
})
/** Returns EPS's success with this `data`. */
export const ok = (data, changes = {}) => ({
  json: { status: 0, response_status_id: 0, response_type_id: 325, message: 'Done', data },
  ...changes,
})
/** EPS's answer about a transaction that it does not have. */
export const NONE = { status: 1, response_status_id: -1, message: 'Transaction not found', data: {} }
/** EPS's refusal of a timestamp. */
export const SEEN = {
  status: 2485,
  response_status_id: 1,
  response_type_id: 2485,
  message: 'Timestamp used or out of range',
}
/** Returns a refusal by EPS itself, with this `status`. */
export const refusal = (status, changes = {}) => ({
  json: { status, response_status_id: 1, response_type_id: status, message: `refused with ${status}` },
  ...changes,
})
/** Returns a reply: the request arrives whole and is booked, and no answer comes. */
export const lost = (books = true) => ({ books, drop: 'reset' })
/** Returns a reply: the request arrives whole, is not booked, and no answer comes. */
export const swallowed = () => ({ drop: 'reset' })

/** Returns a promise and the function that fulfils it. */
export function gate() {
  let open
  const promise = new Promise((resolve) => {
    open = resolve
  })
  return { promise, open }
}

export class Eps {
  answer = {}
  /** All complete requests, the oldest first. */
  arrived = []
  /** All bookings: { reference, tid, tx_status, amount, initiator }. */
  books = []
  /** Milliseconds by which EPS's clock is ahead of this machine's. A timestamp that is two minutes off is refused. */
  aheadMs = 0
  none = NONE
  connections = []
  #server
  #port = 0
  #nextTid = 5_000_001
  #stamps = new Set()
  #watchers = new Set()

  static async open() {
    const eps = new Eps()
    await eps.up()
    return eps
  }

  get baseUrl() {
    return `http://127.0.0.1:${this.#port}/ekoapi/v3`
  }

  async up() {
    this.#server = http.createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
      const chunks = []
      message.on('error', () => {})
      message.on('data', (chunk) => chunks.push(chunk))
      message.on('end', () => void this.#take(message, response, Buffer.concat(chunks).toString()))
    })
    this.#server.on('connection', (socket) => {
      const connection = { socket, requests: [], open: true }
      this.connections.push(connection)
      socket.on('error', () => {})
      socket.on('close', () => {
        connection.open = false
      })
      this.#look()
    })
    await new Promise((done) => this.#server.listen(this.#port, '127.0.0.1', done))
    this.#port = this.#server.address().port
  }

  /** Stops listening until `up()`. */
  async down() {
    const closed = new Promise((done) => this.#server.close(done))
    for (const { socket } of this.connections) socket.destroy()
    await closed
  }

  /** Resolves once the condition is true of the requests so far. */
  until(condition, what = 'it') {
    if (condition(this)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const watcher = () => {
        if (condition(this)) end(resolve)
      }
      const timer = setTimeout(() => end(() => reject(new Error(`${what} did not arrive`))), WAIT_MS)
      const end = (settle) => {
        clearTimeout(timer)
        this.#watchers.delete(watcher)
        settle()
      }
      this.#watchers.add(watcher)
    })
  }

  of(kind, reference) {
    return this.arrived.filter((one) => one.kind === kind && (reference === undefined || one.reference === reference))
  }
  /** Returns how many complete debits with this reference have arrived. */
  debits(reference) {
    return this.of('debit', reference).length
  }
  refunds(tid) {
    return this.of('refund', tid).length
  }
  inquiries(reference) {
    return this.of('inquiry', reference)
  }
  /** Resolves once this many debits with this reference have arrived. */
  hasDebit(reference, count = 1) {
    return this.until(() => this.debits(reference) >= count, `debit ${reference}`)
  }

  book(reference, changes = {}) {
    const tid = String(this.#nextTid++)
    const booking = { reference, tid, tx_status: '0', amount: '100.0', initiator: INITIATOR, ...changes }
    this.books.push(booking)
    return booking
  }

  /** Returns an honest answer to an inquiry. */
  found({ initiator, by, reference }) {
    const mine = this.books.filter((booking) => booking.initiator === initiator)
    const one = mine.findLast((booking) => booking[by === 'tid' ? 'tid' : 'reference'] === reference)
    if (one === undefined) return { json: this.none }
    const { tid, tx_status, amount } = one
    return ok(named(one.reference, { tid, tx_status, amount }))
  }

  async #take(message, response, text) {
    const request = read(message, text)
    this.connections.find(({ socket }) => socket === message.socket)?.requests.push(request)
    const refused = this.#refuses(request)
    request.refusedStamp = refused !== undefined
    this.arrived.push(request)
    this.#look()
    const reply = refused ?? this.answer[request.kind]?.(request, this) ?? this.#honest(request)
    if (reply.books) {
      const { initiator, amount } = request
      this.book(request.reference, { initiator, amount: `${amount}.0`, ...(reply.books === true ? {} : reply.books) })
    }
    await reply.after
    if (reply.drop === 'reset') return message.socket.resetAndDestroy()
    if (reply.drop === 'close') return message.socket.destroy()
    if (reply.drop !== 'never') this.#send(response, reply)
  }

  #send(
    response,
    { http: status = 200, json, text = JSON.stringify(json), bytes = Buffer.from(text ?? ''), headers, date },
  ) {
    response.sendDate = false
    const own = { 'content-type': 'application/json', 'content-length': bytes.length, ...headers }
    if (typeof date === 'string') own.date = date
    else if (date !== null) own.date = new Date(Date.now() + (date ?? this.aheadMs)).toUTCString()
    response.writeHead(status, own)
    response.end(status === 204 || status === 304 ? undefined : bytes)
  }

  #refuses({ headers, developerKey }) {
    const stamp = headers['secret-key-timestamp']
    const off = Math.abs(Number(stamp) - (Date.now() + this.aheadMs))
    const used = this.#stamps.has(`${developerKey} ${stamp}`)
    this.#stamps.add(`${developerKey} ${stamp}`)
    return used || off > 120_000 ? { http: 401, json: SEEN } : undefined
  }

  #honest(request) {
    const { kind, reference, amount, initiator } = request
    if (kind === 'debit') {
      const booking = this.book(reference, { initiator, amount: `${amount}.0` })
      return ok(named(reference, { tid: booking.tid, amount: booking.amount }))
    }
    if (kind === 'inquiry') return this.found(request)
    if (kind === 'refund') {
      for (const booking of this.books) if (booking.tid === reference) booking.tx_status = '4'
      const data = { tid: reference, refund_tid: String(this.#nextTid++) }
      return { json: { status: 0, response_status_id: 0, response_type_id: 74, message: 'Refund done', data } }
    }
    const data = { customer_id: '9123456789', customer_profile: { name: 'Meera Iyer' }, state: '4' }
    return { json: { status: 0, response_status_id: 0, response_type_id: 309, message: 'Success', data } }
  }

  #look() {
    for (const watcher of this.#watchers) watcher()
  }

  async close() {
    await this.down()
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

function read(message, text) {
  const url = new URL(message.url, 'http://eps')
  const path = decodeURIComponent(url.pathname)
  const body = parsed(text)
  const { headers, method } = message
  const request = { method, path, query: Object.fromEntries(url.searchParams), headers, body, at: performance.now() }
  request.developerKey = headers.developer_key
  request.initiator = request.query.initiator_id ?? body.initiator_id
  const inquired = /\/tools\/reference\/transaction\/(client_ref_id:)?(.*)$/.exec(path)
  if (method === 'GET' && inquired) {
    return { ...request, kind: 'inquiry', by: inquired[1] ? 'client_ref_id' : 'tid', reference: inquired[2] }
  }
  const refunded = /\/customer\/payment\/refund\/([^/]*)$/.exec(path)
  if (refunded) return { ...request, kind: 'refund', reference: refunded[1] }
  if (body.client_ref_id === undefined) return { ...request, kind: 'read' }
  return { ...request, kind: 'debit', reference: body.client_ref_id, amount: String(body.amount) }
}
