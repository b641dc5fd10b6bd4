// Tests that clients of a process share fairly: all use the one thread that talks to the network, and many calls of one
// client do not stop another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { customerOf, KEYS, otpRequired, serve } from './support/server.mjs'

/** Number of calls that the busy client keeps under way. */
const FLOOD = 2000
const CALLS = 50

const middle = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]

/**
 * Makes a client with a key of its own. Its deadline is long enough for every machine, because only the order of the
 * answers is tested.
 */
function client(server, developerKey) {
  return new EkoClient({ ...KEYS, developerKey, baseUrl: server.baseUrl, deadlineMs: 300_000 })
}

/**
 * Makes a call. Returns its time, and how many answers the busy client got meanwhile, because times differ between
 * machines.
 */
async function timed(eko, customerId, answered) {
  const [started, before] = [performance.now(), answered()]
  const { otpRefId } = await eko.getCustomer({ customerId })
  assert.equal(otpRefId, customerId)
  return { ms: performance.now() - started, answers: answered() - before }
}

test('a client with many calls in flight does not delay another', {
  timeout: 300_000,
}, async (t) => {
  const server = await serve((request) => otpRequired(customerOf(request)))
  const own = []
  let flooding = true
  try {
    const busy = client(server, 'busy-developer-key')
    const calm = client(server, 'calm-developer-key')
    const answered = () => own.length
    const callers = Array.from({ length: FLOOD }, async (_, index) => {
      while (flooding) own.push(await timed(busy, String(9_100_000_000 + index), answered))
    })
    const flood = Promise.all(callers).finally(() => {
      flooding = false
    })
    // From here on the busy client's queue is full.
    while (flooding && own.length < FLOOD) await new Promise(setImmediate)
    const calls = []
    for (let index = 0; index < CALLS; index += 1)
      calls.push(await timed(calm, String(9_200_000_000 + index), answered))
    const whole = own.length
    flooding = false
    await flood

    const [one, other] = [calls, own.slice(FLOOD, whole)]
    const [ms, theirs] = [one, other].map((all) => middle(all.map((call) => call.ms)))
    const [answers, queue] = [one, other].map((all) => middle(all.map((call) => call.answers)))
    t.diagnostic(`${CALLS} calls: ${ms.toFixed(1)} ms and ${answers} answers of the flood each`)
    t.diagnostic(`${whole} calls of the flood: ${theirs.toFixed(1)} ms and ${queue} answers each`)
    assert.ok(queue > FLOOD / 2, `the flood was none: ${queue} answers between a call and its own`)
    assert.ok(
      answers < queue / 2,
      `a call waited for ${answers} answers of the flood, whose own calls wait for ${queue}`,
    )
    assert.ok(ms < theirs / 2, `a call took ${ms} ms, those of the flood ${theirs} ms`)
    await Promise.all([busy.close(), calm.close()])
  } finally {
    // An open server would keep the process of a failed test alive.
    flooding = false
    await server.close()
  }
})
