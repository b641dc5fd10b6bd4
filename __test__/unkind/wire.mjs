// A proxy between the clients and EPS. It loses requests, delivers them late or twice, loses answers, and removes or
// changes the headers from which a client learns the time.
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Chance } from './random.mjs'

const HOUR_MS = 3_600_000

export class Wire {
  /** Set at the calm end of a schedule: from then on nothing goes wrong. */
  kind = false
  /** Number of debits on their way, by reference; debits that EPS will book late count too. */
  coming = new Map()
  /** Reference and time of each complete debit request that has left a process. */
  left = []
  /** Bodies of the answers about each reference, with the reference and the tid replaced. */
  bodies = new Map()
  counts = { lost: 0, delayed: 0, copied: 0, unanswered: 0, dateless: 0, aged: 0, misdated: 0 }
  #server
  #eps
  #plan
  #seen = new Map()

  static async open(eps, plan) {
    const wire = new Wire()
    wire.#eps = eps
    wire.#plan = plan
    wire.#server = http.createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
      const chunks = []
      message.on('error', () => {})
      response.on('error', () => {})
      message.on('data', (chunk) => chunks.push(chunk))
      message.on('end', () => void wire.#take(message, response, Buffer.concat(chunks)))
    })
    wire.#server.on('connection', (socket) => socket.on('error', () => {}))
    await new Promise((done) => wire.#server.listen(0, '127.0.0.1', done))
    return wire
  }

  get baseUrl() {
    return `http://127.0.0.1:${this.#server.address().port}/ekoapi/v3`
  }

  setsOut(reference) {
    this.coming.set(reference, (this.coming.get(reference) ?? 0) + 1)
  }
  hasCome(reference) {
    const count = this.coming.get(reference) - 1
    if (count > 0) this.coming.set(reference, count)
    else this.coming.delete(reference)
  }

  /** Decides whether this fault happens to the request, and counts it. */
  #comes(chance, what) {
    if (!chance.comes(this.#plan.wire[what]) || this.kind) return false
    this.counts[what]++
    return true
  }

  async #take(message, response, body) {
    const reference = message.method === 'POST' ? /"client_ref_id":"([^"]*)"/.exec(body)?.[1] : undefined
    const about = reference ?? message.url.split('?')[0]
    const count = this.#seen.get(about) ?? 0
    this.#seen.set(about, count + 1)
    const chance = new Chance(this.#plan.seed, `wire ${about} ${count}`)
    const { socket } = message
    if (reference !== undefined) this.left.push({ reference, at: Date.now() })
    if (this.#comes(chance, 'lost')) return socket.resetAndDestroy()
    const copied = reference !== undefined && this.#comes(chance, 'copied')
    if (reference !== undefined) this.setsOut(reference)
    if (reference !== undefined && this.#comes(chance, 'delayed')) await pause(chance.number(100, 1500))
    // Once EPS has seen its timestamp it takes no copy of it.
    const first = this.#forward(message, body).finally(() => reference !== undefined && this.hasCome(reference))
    if (copied && chance.comes(50)) await pause(chance.number(0, 300))
    const second = copied ? this.#forward(message, body) : undefined
    const answer = await (second !== undefined && chance.comes(50) ? second : first)
    const unheard = reference !== undefined && this.#comes(chance, 'unanswered')
    if (answer === undefined || unheard) return socket.resetAndDestroy()
    this.#change(answer, chance)
    this.#note(reference ?? decodeURIComponent(about.split('/').at(-1)), answer)
    response.sendDate = false
    response.writeHead(answer.status, answer.headers)
    response.end(answer.bytes)
  }

  #change({ headers }, chance) {
    if (this.#comes(chance, 'dateless')) delete headers.date
    if (this.#comes(chance, 'aged')) headers.age = '7'
    if (headers.date !== undefined && this.#comes(chance, 'misdated'))
      headers.date = new Date(Date.parse(headers.date) + HOUR_MS).toUTCString()
  }

  #note(about, { status, headers, bytes }) {
    const name = about.replace('client_ref_id:', '')
    const { reference = name, tid } = this.#eps.books.find((one) => [one.tid, one.reference].includes(name)) ?? {}
    const body = bytes.toString().replaceAll(`"${reference}"`, 'ours').replaceAll(`"${tid}"`, 'tid')
    const print = `${status}${headers.age === undefined ? '' : ' of a cache'} ${body}`
    this.bodies.set(reference, [...(this.bodies.get(reference) ?? []), print])
  }

  /** EPS's answer; `undefined` where there is none. */
  #forward({ method, url, headers }, body) {
    const { hostname, port } = new URL(this.#eps.baseUrl)
    return new Promise((resolve) => {
      const request = http.request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
        const chunks = []
        answer.on('error', () => resolve(undefined))
        answer.on('data', (chunk) => chunks.push(chunk))
        answer.on('end', () => {
          const { connection: _, ...kept } = answer.headers
          resolve({ status: answer.statusCode, headers: kept, bytes: Buffer.concat(chunks) })
        })
      })
      request.on('error', () => resolve(undefined))
      request.end(body)
    })
  }

  async close() {
    const closed = new Promise((done) => this.#server.close(done))
    this.#server.closeAllConnections()
    await closed
  }
}
