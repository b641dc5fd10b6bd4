// An EPS that accepts each timestamp once, and processes that call it at random moments.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { KEYS, otpRequired, serve } from './server.mjs'

const PROGRAM = fileURLToPath(new URL('./many-stamps.mjs', import.meta.url))
export const PROCESSES = 8
export const EACH = 50
/** How long each process calls, in milliseconds. `npm run test:wide` sets a minute. */
export const MS = Number(process.env.EKO_STAMPS_MS ?? 4_000)
const DECLINED = { status: 1, response_status_id: 1, message: 'declined', data: { tx_status: '1' } }
const REFUSED = { status: 2485, response_type_id: 2485, response_status_id: 1, message: 'seen' }

/** Starts an EPS that accepts each timestamp once, and counts those that come again. */
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

/** Starts a process; `ended` resolves to what it has printed. */
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

/**
 * Returns the calls that were signed twice, got no timestamp, or stay open. Calls that failed only because the machine
 * is busy do not count.
 */
export function harmed(ends) {
  const counts = ends.flatMap(({ said }) => Object.entries(said.at(-1)))
  return counts.filter(([what]) => / [2-9]$|auth|timestamp|indeterminate/.test(what))
}
