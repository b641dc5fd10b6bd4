// An EPS that takes each timestamp once, and processes that call it at random moments.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { KEYS, otpRequired, serve } from './server.mjs'

const PROGRAM = fileURLToPath(new URL('./many-stamps.mjs', import.meta.url))
export const PROCESSES = 8
export const EACH = 50
/** `npm run test:wide` gives a minute. */
export const MS = Number(process.env.EKO_STAMPS_MS ?? 4_000)
const DECLINED = { status: 1, response_status_id: 1, message: 'declined', data: { tx_status: '1' } }
const REFUSED = { status: 2485, response_type_id: 2485, response_status_id: 1, message: 'seen' }

/** An EPS that takes each timestamp once, and its count of those that came again. */
export async function bank(t) {
  const seen = new Set()
  const told = { requests: 0, again: 0, seen, lead: 0 }
  const server = await serve(({ method, headers }) => {
    const stamp = Number(headers['secret-key-timestamp'])
    assert.equal(headers.developer_key, KEYS.developerKey)
    told.requests++
    told.lead = Math.max(told.lead, stamp - Date.now())
    if (seen.has(stamp)) {
      told.again++
      return REFUSED
    }
    seen.add(stamp)
    return method === 'POST' ? DECLINED : otpRequired('9444444444')
  })
  t.after(() => server.close())
  return Object.assign(told, { baseUrl: server.baseUrl })
}

/** A process; `ended` resolves to what it said. */
export function start(options) {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ each: EACH, ms: MS, ...options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  const ended = once(child, 'close').then(([code, signal]) => {
    const said = text.split('\n').filter(Boolean)
    return { code, signal, said: said.map((line) => JSON.parse(line)) }
  })
  return { child, ended }
}

/** Calls that were signed a second time, had no timestamp, or stay open. A machine that is too busy for a call is another matter. */
export function harmed(ends) {
  const counts = ends.flatMap(({ said }) => Object.entries(said.at(-1)))
  return counts.filter(([what]) => / [2-9]$|auth|timestamp|indeterminate/.test(what))
}
