// Bank of the soak: an imitation of EPS on loopback that makes mistakes, in its own process:
// `fork('bank.mjs', ['{"shares","books","lateMs","seed"}'])`. It sends its port to the parent process. It answers
// `{ do: 'report' }` with all its bookings and the times of the inquiries.
//
// It answers some debits late (and may book them even later). For others it resets the connection, answers with HTTP
// 500, or answers with status 2485 with or without the header `Date`. It books a part of each kind. After
// `{ do: 'lose' }`, it books every debit and resets the connection, and inquiries find the debit in flight for a while.
// `{ do: 'backlog' }` sets the number of debits that were made before the start: their references are the letter O and
// a number.
import { createServer } from 'node:http'

const { shares, books, lateMs, seed } = JSON.parse(process.argv[2])
const INQUIRY = '/tools/reference/transaction/'
const NONE = { status: 1, response_status_id: -1, message: 'Transaction not found', data: {} }
const SEEN = { status: 2485, response_status_id: 1, response_type_id: 2485, message: 'Timestamp used or out of range' }
/** Maximum time until a debit that is answered late is booked, in milliseconds. It may be booked after the answer. */
const BOOKS_WITHIN_MS = 3000
/** Maximum time for which an inquiry finds a lost debit in flight, in milliseconds. */
const IN_FLIGHT_MS = 45_000

const ledger = new Map()
const byTid = new Map()
/** Times of the inquiries about each debit whose answer was lost. */
const asked = new Map()
const kinds = {}
const past = { count: 0, asked: new Set(), unknown: 0, times: [] }
let losing = false
let tids = 3_000_000_000
let state = seed

/** Returns a random number from 0 to 1 (mulberry32). The same seed causes the same mistakes. */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

function draw() {
  let left = random()
  for (const [kind, share] of Object.entries(shares)) {
    left -= share
    if (left < 0) return kind
  }
  return 'right'
}

function book(reference, amount, inFlightMs = 0) {
  const known = ledger.get(reference)
  if (known) {
    known.times++
    return known
  }
  const booked = { reference, tid: String(tids++), amount, times: 1, doneAt: Date.now() + inFlightMs }
  ledger.set(reference, booked)
  byTid.set(booked.tid, booked)
  return booked
}

function transaction({ reference, tid, amount, doneAt }) {
  const tx_status = Date.now() < doneAt ? '2' : '0'
  const data = { tx_status, tid, client_ref_id: reference, amount: String(amount), fee: '10.0', currency: 'INR' }
  return { response_status_id: 0, response_type_id: 325, status: 0, message: 'Transaction', data }
}

function say(response, status, body, { date = true } = {}) {
  if (response.destroyed) return
  response.sendDate = date
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Returns whether EPS knows a debit that was made before the outage; undefined for any other reference. */
function backlog(reference) {
  const index = /^O\d{14}$/.test(reference) ? Number(reference.slice(1)) : -1
  if (index < 0 || index >= past.count) return undefined
  if (!past.asked.has(index)) {
    past.asked.add(index)
    past.times.push(Date.now())
  }
  const known = past.unknown === 0 || index % past.unknown !== past.unknown - 1
  return { found: known && { reference, tid: String(1_000_000_000 + index), amount: 100, doneAt: 0 } }
}

function inquired(path, response) {
  const what = decodeURIComponent(path.slice(path.indexOf(INQUIRY) + INQUIRY.length))
  const reference = what.startsWith('client_ref_id:') ? what.slice('client_ref_id:'.length) : undefined
  const before = reference && backlog(reference)
  const found = before ? before.found : reference ? ledger.get(reference) : byTid.get(what)
  if (found) asked.get(found.reference)?.push(Date.now())
  say(response, 200, found ? transaction(found) : NONE)
}

const does = {
  right: (debit, _, response) => say(response, 200, transaction(debit())),
  late: (debit, books, response) => {
    if (books) setTimeout(debit, random() * BOOKS_WITHIN_MS)
    setTimeout(() => say(response, 200, books ? transaction(debit.done ?? debit()) : NONE), lateMs)
  },
  reset: (debit, books, response) => {
    if (books) debit()
    response.socket.resetAndDestroy()
  },
  broken: (debit, books, response) => {
    if (books) debit()
    say(response, 500, '<html>Internal Server Error</html>')
  },
  seen: (debit, books, response) => {
    if (books) debit()
    say(response, 200, SEEN)
  },
  seenUndated: (debit, books, response) => {
    if (books) debit()
    say(response, 200, SEEN, { date: false })
  },
}

function debited(body, response) {
  const { client_ref_id: reference, amount } = JSON.parse(body)
  if (losing) {
    asked.set(reference, [])
    book(reference, amount, random() * IN_FLIGHT_MS)
    return response.socket.resetAndDestroy()
  }
  const kind = draw()
  kinds[kind] = (kinds[kind] ?? 0) + 1
  // Books the debit at most once for each request, however often this function is called.
  const debit = () => {
    debit.done ??= book(reference, amount)
    return debit.done
  }
  does[kind](debit, random() < books, response)
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  response.on('error', () => {})
  if (request.method === 'GET') return inquired(request.url.split('?', 1)[0], response)
  let body = ''
  request.on('error', () => {})
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => debited(body, response))
})

process.on('message', (message) => {
  if (message.do === 'lose') losing = true
  if (message.do === 'backlog') Object.assign(past, { count: message.count, unknown: message.unknown })
  if (message.do === 'report')
    process.send({ ledger: [...ledger.values()], asked: [...asked], kinds, past: past.times, now: Date.now() })
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
