// A process that makes calls through the built package. The fault tests (tests/faults) send it orders in lines of JSON.
// It reports the results in lines of JSON, in the same words as the Rust caller.
import { getEventListeners } from 'node:events'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { EkoClient, EkoError } from 'eko-eps'

const OTP = '470281'
const clients = new Map()
const controllers = new Map()
const aborts = new Map()
/** The signal of the calls that share one. */
const shared = new AbortController()

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** Returns the abort controller of a call; a call can be aborted before it begins. */
function controller(id) {
  if (!controllers.has(id)) controllers.set(id, new AbortController())
  return controllers.get(id)
}

const CALLS = {
  read: (eko, _, options) => eko.dmt.getSender({ customerId: '9123456789' }, options),
  step: (eko, { reference, lines }, options) => {
    const residenceAddress = Array(lines).fill('x'.repeat(200))
    const person = { customerId: '9123456789', name: 'Asha', dob: '1990-05-15', residenceAddress }
    return eko.onboardCustomer({ ...person, clientRefId: reference }, options)
  },
  debit: (eko, { reference }, options) => {
    const to = { recipientId: '117015428', amount: '100', customerId: '9000000003' }
    return eko.dmt.transfer({ ...to, otp: OTP, otpRefId: '667007109', clientRefId: reference }, options)
  },
}

function resolved(kind, result) {
  if (kind !== 'debit') return result.outcome
  const work = result.outcome === 'declined' && result.beforeWork ? ' before work' : ''
  const error = result.error === undefined ? '' : ` (${result.error.code})`
  // Only answered debits are looked at. Their schedule puts the first inquiry at least a second later, so one that is
  // due now is asked about at once.
  const asked = result.meta !== undefined && result.nextInquiryAt <= Date.now() ? ', asked about at once' : ''
  return `${result.outcome}${work}${result.contradiction === undefined ? error : ' (contradiction)'}${asked}`
}

function rejected(kind, error) {
  if (!(error instanceof EkoError)) return `thrown ${error}`
  if (kind === 'debit') return `refused ${error.code}`
  return `error ${error.code}${kind === 'step' && error.maybeSent ? ', maybe sent' : ''}`
}

/** Returns all that can be printed of a result, and of its client. */
function printed(value, eko) {
  const all = { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null, maxArrayLength: null }
  const stacks = [value?.stack, value?.error?.stack, String(value), String(value?.error)]
  return [inspect(value, all), JSON.stringify(value), inspect(eko, all), JSON.stringify(eko), ...stacks].join('\n')
}

async function call(order) {
  const { id, client, class: kind, deadlineMs, stoppable } = order
  const { eko } = clients.get(client)
  const options = {}
  if (deadlineMs !== undefined) options.deadlineMs = deadlineMs
  if (stoppable) options.signal = controller(id).signal
  const begunAt = performance.now()
  let settledAt
  const settled = (value) => {
    settledAt = performance.now()
    return value
  }
  const work = CALLS[kind](eko, order, options)
  const { outcome, value } = await work.then(
    (result) => ({ value: settled(result), outcome: resolved(kind, result) }),
    (error) => ({ value: settled(error), outcome: rejected(kind, error) }),
  )
  const abortedMs = aborts.has(id) ? settledAt - aborts.get(id) : undefined
  for (const known of [controllers, aborts]) known.delete(id)
  say({ id, outcome, elapsedMs: settledAt - begunAt, begunAt, abortedMs, text: printed(value, eko) })
}

const ORDERS = {
  new({ client, options }) {
    const eko = new EkoClient({ ...options, resolver: false })
    const news = []
    for (const kind of ['outcome', 'resolved', 'alarm']) eko.on(kind, (event) => news.push(event.kind))
    clients.set(client, { eko, news })
  },
  call,
  abort({ id }) {
    aborts.set(id, performance.now())
    controller(id).abort()
  },
  async close({ client }) {
    const { eko } = clients.get(client)
    clients.delete(client)
    await eko.close()
  },
  async resolve({ id, client, reference, awaits }) {
    const { eko, news } = clients.get(client)
    const { outcome } = await eko.resolve({ op: 'dmt.transfer', reference })
    // Events come later. If the awaited one does not come in time, the caller sees that it is missing.
    const patience = performance.now() + 5_000
    while (awaits && !news.includes(awaits) && performance.now() < patience) await new Promise(setImmediate)
    say({ id, outcome, news })
  },
  async unresolved({ id, client }) {
    const open = await clients.get(client).eko.unresolved().toArray()
    say({ id, open: open.map(({ reference, outcome }) => `${reference} ${outcome}`) })
  },
  /** Makes calls with one shared signal, sixteen at once. */
  async many({ id, client, class: kind, references, count }) {
    const { eko } = clients.get(client)
    const { signal } = shared
    const outcomes = {}
    let next = 0
    const work = async () => {
      while (next < count) {
        const order = { reference: `${references}${next++}`, lines: 1 }
        const outcome = await CALLS[kind](eko, order, { signal }).then(
          (result) => resolved(kind, result),
          (error) => rejected(kind, error),
        )
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      }
    }
    await Promise.all(Array.from({ length: 16 }, work))
    say({ id, outcomes, listeners: getEventListeners(signal, 'abort').length })
  },
  memory({ id }) {
    globalThis.gc()
    const { rss, heapUsed } = process.memoryUsage()
    say({ id, rss, heapUsed })
  },
  /** Blocks this thread, and with it the event loop. */
  spin({ id, began, ms }) {
    say({ id: began })
    const until = performance.now() + ms
    while (performance.now() < until);
    say({ id, returnedAt: performance.now() })
  },
}

const input = createInterface({ input: process.stdin })
input.on('line', (line) => {
  const order = JSON.parse(line)
  ORDERS[order.do](order)
})
// Ends as a service does on SIGTERM: it lets the running calls finish, and ends.
process.once('SIGTERM', async () => {
  say({ id: 0 })
  await Promise.all([...clients.values()].map(({ eko }) => eko.close()))
  input.close()
  process.stdin.destroy()
})
