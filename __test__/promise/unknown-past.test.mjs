// Tests of a reference that is used while the journal cannot be read. The journal cannot say whether it was used
// before. So the call rejects, says that it has sent nothing, and what to do. A reference that the client has just made
// is new.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, entry, isJournalCode, send } from './product.mjs'
import { KNOWN, Scene, Shelf, skip, soon, sqliteHolds } from './scene.mjs'

const never = () => new Promise(() => {})
const offline = () =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED 10.0.0.9'), { code: 'ECONNREFUSED' }))
const METHODS = ['read', 'write', 'due', 'unresolved', 'prune']

/** Makes a scene whose store has one settled debit, and then replaces some methods of the store. */
async function broken(t, replaced, options) {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf, ...options })
  await scene.restart(options)
  Object.assign(shelf, replaced)
  return scene
}
const all = (method) => Object.fromEntries(METHODS.map((name) => [name, method]))

const STORES = {
  'rejects to everything': all(offline),
  'throws at everything': all(() => {
    throw new Error('down')
  }),
  'rejects to reads and writes': { read: offline, write: offline },
  'rejects to writes': { write: offline },
  'rejects with nothing': all(() => Promise.reject(undefined)),
  'rejects with a text': all(() => Promise.reject('down')),
  'says neither yes nor no to a write': { write: async () => undefined },
  'says "true" to a write': { write: async () => 'true' },
  'gives a row that is none': { write: async () => false, read: async () => ({ key: 'x' }) },
  'gives a row of another reference': {
    write: async () => false,
    read: async (key) => ({ key: `${key}x`, version: 1 }),
  },
  'gives a text for a row': { write: async () => false, read: async () => 'row' },
  'gives a number for a row': { write: async () => false, read: async () => 7n },
}
for (const [name, replaced] of Object.entries(STORES)) {
  test(`a store that ${name}: nothing leaves`, async (t) => {
    const scene = await broken(t, replaced)
    const outcome = await send(scene.eko, KNOWN, { deadlineMs: 20_000 })
    assert.equal(outcome.outcome, 'rejected')
    assert.ok(isJournalCode(outcome.code) || outcome.code === 'reference_used', outcome.code)
    assert.equal(outcome.error.clientRefId, KNOWN)
    assert.equal(outcome.error.sentByThisCall, false)
    if (outcome.code === 'journal.unavailable') {
      assert.equal(outcome.error.retryable, true)
      assert.match(`${outcome.message} ${outcome.error.action}`, /same reference/)
      assert.match(`${outcome.message} ${outcome.error.action}`, /never use a new reference/)
    }
    assert.equal(scene.eps.debits(KNOWN), 1)
  })
}

test('a readable but unwritable store sends nothing', async (t) => {
  const scene = await broken(t, { write: offline })
  const outcome = await send(scene.eko, 'FRESH-01')
  assert.ok(outcome.outcome === 'notSent' || isJournalCode(outcome.code))
  assert.equal(scene.eps.debits('FRESH-01'), 0)
})

for (const [name, replaced] of Object.entries({ 'rejects to everything': all(offline), 'never answers': all(never) })) {
  test(`a store that ${name}: a generated reference is provably new`, async (t) => {
    const scene = await broken(t, replaced)
    const outcome = await send(scene.eko, undefined, { deadlineMs: 1000 })
    assert.deepEqual([outcome.outcome, outcome.reusable], ['notSent', true])
    assert.equal(scene.eps.debits(), 1)
  })
}

const LIMITS = {
  'the deadline': () => ({ deadlineMs: 700 }),
  'an abort': () => ({ deadlineMs: 20_000, signal: AbortSignal.timeout(200) }),
  'an abort that came before': () => ({ signal: AbortSignal.abort() }),
}
const STUCK = { everything: all(never), writes: { write: never }, reads: { write: offline, read: never } }
for (const [limit, options] of Object.entries(LIMITS)) {
  for (const [what, replaced] of Object.entries(STUCK)) {
    test(`${limit} comes while the store does not answer ${what}`, async (t) => {
      const scene = await broken(t, replaced)
      const begun = performance.now()
      const outcome = await send(scene.eko, KNOWN, options())
      assert.equal(outcome.outcome, 'rejected')
      assert.ok(isJournalCode(outcome.code) || ['aborted', 'timeout.deadline'].includes(outcome.code), outcome.code)
      assert.equal(outcome.error.sentByThisCall, false)
      assert.ok(performance.now() - begun < 4000)
      assert.equal(scene.eps.debits(KNOWN), 1)
    })
  }
}

test('gives up a store that never answers after ten seconds', async (t) => {
  const scene = await broken(t, all(never))
  const begun = performance.now()
  const outcome = await send(scene.eko, KNOWN, { deadlineMs: 40_000 })
  assert.ok(isJournalCode(outcome.code), outcome.code)
  const seconds = (performance.now() - begun) / 1000
  assert.ok(seconds > 8 && seconds < 25, `${seconds} s`)
  assert.equal(scene.eps.debits(KNOWN), 1)
})

test('once the store answers again, what it says counts', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  shelf.before = offline
  assert.equal((await send(scene.eko, KNOWN)).outcome, 'rejected')
  assert.equal((await send(scene.eko, 'FRESH-01')).outcome, 'rejected')
  shelf.before = () => {}
  assert.equal((await send(scene.eko, KNOWN)).code, 'reference_used')
  assert.equal((await send(scene.eko, 'FRESH-01')).outcome, 'settled')
  assert.deepEqual([scene.eps.debits(KNOWN), scene.eps.debits('FRESH-01')], [1, 1])
})

test('releases a reservation committed after its call has ended', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  let open
  const gate = new Promise((resolve) => {
    open = resolve
  })
  shelf.after = (row) => (row.key.includes('LATE-01') ? gate : undefined)
  const outcome = await send(scene.eko, 'LATE-01', { deadlineMs: 400 })
  assert.equal(outcome.outcome, 'rejected')
  assert.equal(scene.eps.debits('LATE-01'), 0)
  shelf.after = () => {}
  open()
  const again = await soon(async () => {
    const next = await send(scene.eko, 'LATE-01')
    return next.code === 'reference_used' ? undefined : next
  }, 'the reservation is given back')
  assert.deepEqual([again.outcome, scene.eps.debits('LATE-01')], ['settled', 1])
})

test('a write that was done and told as failed is given back too', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  let failing = true
  shelf.after = (row) => (failing && row.key.includes('HALF-01') ? offline() : undefined)
  const outcome = await send(scene.eko, 'HALF-01')
  assert.equal(outcome.outcome, 'rejected')
  assert.equal(scene.eps.debits('HALF-01'), 0)
  failing = false
  const again = await soon(async () => {
    const next = await send(scene.eko, 'HALF-01')
    return next.code === 'reference_used' ? undefined : next
  }, 'the reservation is given back')
  assert.deepEqual([again.outcome, scene.eps.debits('HALF-01')], ['settled', 1])
})

for (const deadlineMs of [1500, 9000]) {
  test(`a locked file, and a deadline of ${deadlineMs} ms`, { skip }, async (t) => {
    const scene = await Scene.of(t)
    await scene.eko.close()
    const end = await sqliteHolds(
      scene,
      "c=sqlite3.connect(sys.argv[1],isolation_level=None);c.execute('BEGIN EXCLUSIVE')",
      scene.journal,
    )
    const eko = scene.client()
    const outcome = await send(eko, KNOWN, { deadlineMs })
    assert.ok(isJournalCode(outcome.code), outcome.code)
    await end()
    assert.equal((await send(eko, KNOWN)).code, 'reference_used')
    assert.equal(scene.eps.debits(KNOWN), 1)
  })
}

test('returns an end that cannot be recorded and leaves it open', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  let hasLeft = false
  shelf.before = (method) => (method === 'write' && hasLeft ? offline() : undefined)
  scene.eps.answer.debit = () => {
    hasLeft = true
    return undefined
  }
  assert.equal((await send(scene.eko, 'UNKEPT-01', { deadlineMs: 3000 })).outcome, 'settled')
  shelf.before = () => {}
  assert.equal((await entry(scene.eko, 'UNKEPT-01')).outcome, 'indeterminate')
  assert.equal((await send(scene.eko, 'UNKEPT-01')).code, 'reference_used')
  assert.equal((await ask(scene.eko, 'UNKEPT-01')).outcome, 'settled')
  assert.equal(scene.eps.debits('UNKEPT-01'), 1)
})
