// Ways to make a debit, with this library or without it. Each is a function `async (job) => ({ debit, close })`.
// `debit(reference)` resolves to `{ outcome, tid }` once this result is stored durably. Otherwise it rejects.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { at } from '../../../scripts/paths.mjs'
import { account, handSigner } from '../work.mjs'
import { files, postgres } from './hand.mjs'

export const TRANSFER = { recipientId: '117015428', amount: '100', customerId: '9000000003' }
export const STEP = { otp: '004217', otpRefId: '667007109' }
/** Maximum number of accounts in use at the same time. The debits in flight share them. */
const ACCOUNTS = 8
/**
 * Number of debits after which a new account replaces an account. Timestamps may be at most 60,000 ms ahead of the
 * clock, so a fast client could use up those of one developer key.
 */
const PER_ACCOUNT = 40_000
const PATH = '/ekoapi/v3/customer/payment/dmt-fino'

const wire = (reference) => ({
  initiator_id: '9962981729',
  recipient_id: 117_015_428,
  amount: 100,
  customer_id: '9000000003',
  otp: '004217',
  otp_ref_id: '667007109',
  client_ref_id: reference,
})

/** Checks, as hand-written code does, that this is EPS's answer about this debit, and returns the outcome. */
function read(status, body, reference) {
  if (status !== 200 || body.status !== 0) throw new Error(`HTTP ${status}, status ${body.status}`)
  const { tx_status: state, tid, client_ref_id: echo, amount } = body.data
  if (echo !== reference || Number(amount) !== 100) throw new Error('an answer about another debit')
  return { outcome: state === '0' ? 'settled' : 'other', tid }
}

/** Signs and sends debits without this library. It keeps one connection open for each debit in flight. */
async function byHand({ origin, prefix = '', ca, inFlight }) {
  const { Pool } = await import('undici')
  const pool = new Pool(origin, { connections: inFlight, ...(ca ? { connect: { ca } } : {}) })
  const headers = handSigner(account(0))
  return async (reference) => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: prefix + PATH,
      headers: headers(),
      body: JSON.stringify(wire(reference)),
    })
    return read(statusCode, await body.json(), reference)
  }
}

/** Does the same with `fetch`, as most users do. */
async function byFetch({ origin, prefix = '' }) {
  const headers = handSigner(account(0))
  return async (reference) => {
    const request = { method: 'POST', headers: headers(), body: JSON.stringify(wire(reference)) }
    const response = await fetch(origin + prefix + PATH, request)
    return read(response.status, await response.json(), reference)
  }
}

/**
 * Makes a debit as a careful user does without this library: commits a reservation, sends the request, and commits the
 * result.
 */
function hand(journal, sender = byHand) {
  return async (job) => {
    const [send, { reserve, settle, close }] = await Promise.all([sender(job), journal(job)])
    const debit = async (reference) => {
      await reserve(reference, JSON.stringify(TRANSFER))
      const told = await send(reference)
      await settle(reference, told)
      return told
    }
    return { debit, close }
  }
}

async function ours(job) {
  const { origin, prefix = '', ca, file, database, inFlight, acknowledge, sweeps = false } = job
  const dist = pathToFileURL(join(job.checkout ?? at('.'), 'dist/'))
  const { EkoClient } = await import(new URL('index.mjs', dist))
  let journal = file
  let close = () => {}
  if (database) {
    const { PostgresStore } = await import(new URL('postgres.mjs', dist))
    const { default: pg } = await import('pg')
    const pool = new pg.Pool({ ...database, max: job.connections })
    journal = { store: new PostgresStore(pool) }
    await journal.store.migrate()
    close = () => pool.end()
  }
  let accounts = 0
  const slot = () => ({
    left: PER_ACCOUNT,
    eko: new EkoClient({
      ...account(accounts++),
      baseUrl: `${origin}${prefix}/ekoapi/v3`,
      journal,
      resolver: sweeps,
      maxDebits: Math.max(256, inFlight),
      ...(ca ? { ca } : {}),
    }),
  })
  const slots = Array.from({ length: Math.min(inFlight, ACCOUNTS) }, slot)
  let next = 0
  const debit = async (reference) => {
    next = (next + 1) % slots.length
    if (slots[next].left-- === 0) slots[next] = slot()
    const { eko } = slots[next]
    const told = await eko.dmt.transfer({ ...TRANSFER, ...STEP, clientRefId: reference })
    if (acknowledge) await eko.acknowledge(told)
    return told
  }
  return { debit, slots, close }
}

export const DEBITS = {
  ours,
  /** The client of another checkout that was built before a change. */
  before: ours,
  plain: hand((job) => files(job, false)),
  batch: hand((job) => files(job, true)),
  pg: hand(postgres, byFetch),
}
