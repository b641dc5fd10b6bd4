// Tests that due debits are asked about, even if a clock that was ahead wrote their time, or rows of a newer version
// lie beside them. Those rows are not touched.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, entry, keep, listed, send } from './product.mjs'
import { KNOWN, REF, Scene, Shelf, soon } from './scene.mjs'

const DAY = 86_400_000
const rowOf = (shelf, reference) =>
  [...shelf.rows.values()].find(({ key, kind }) => kind === 'debit' && key.endsWith(reference))
const change = (shelf, row, changes) => shelf.rows.set(row.key, { ...row, ...changes })

const CLOCKS = {
  'a day': { by: DAY },
  'a year': { by: 365 * DAY },
  'a day, and was made in the future': { by: DAY, made: DAY },
}
for (const [name, { by, made = 0 }] of Object.entries(CLOCKS)) {
  test(`the next inquiry lies ${name} ahead: asked all the same`, async (t) => {
    const shelf = new Shelf()
    const scene = await Scene.of(t, { journal: shelf })
    await scene.lose({ booked: true })
    const row = rowOf(shelf, REF)
    change(shelf, row, { dueMs: row.dueMs + by, createdMs: row.createdMs + made, updatedMs: row.updatedMs + made })
    await scene.restart({ resolver: true })
    await scene.eps.until((eps) => eps.inquiries(REF).length > 0, 'an inquiry')
  })
}

/** Changes an entry as a newer version might have written it. */
const newer = (value) => {
  if (Array.isArray(value)) return value.map(newer)
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, inner]) => [name, name === 'format' ? inner + 1 : newer(inner)])
    return Object.fromEntries(members)
  }
  return value === 'settled' || value === 'indeterminate' ? 'disputed' : value
}

for (const state of ['settled', 'open']) {
  test(`a newer version’s row, ${state}, is left alone`, async (t) => {
    const shelf = new Shelf()
    const scene = await Scene.of(t, { journal: shelf })
    if (state === 'settled') await send(scene.eko, REF)
    else await scene.lose({ booked: true })
    await scene.lose({ booked: true, reference: 'OTHER-01' })
    await scene.eko.close()
    const row = rowOf(shelf, REF)
    const dueMs = state === 'open' ? Date.now() - 1000 : null
    change(shelf, row, {
      dueMs,
      entry: JSON.stringify({ ...newer(JSON.parse(row.entry)), reviewedBy: 'a newer version' }),
    })
    const before = rowOf(shelf, REF)
    scene.eko = scene.client({ resolver: true })
    const notices = keep(scene.eko, 'notice')
    assert.ok((await listed(scene.eko)).some(({ reference }) => reference === KNOWN))
    await soon(async () => (await entry(scene.eko, 'OTHER-01')).outcome === 'settled', 'the other debit is found')
    const again = await send(scene.eko, REF)
    assert.equal(again.outcome, 'rejected')
    assert.equal((await ask(scene.eko, REF)).outcome, 'rejected')
    assert.deepEqual(rowOf(shelf, REF), before)
    assert.equal(scene.eps.debits(REF), 1)
    assert.equal(scene.eps.inquiries(REF).length, 0)
    if (state === 'open') await soon(() => notices.some(({ reason }) => reason === 'newerRow'), 'it is told')
  })
}

test('rows of kinds that a newer version knows harm nothing', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  await scene.lose({ booked: true })
  const row = rowOf(shelf, REF)
  for (let i = 0; i < 100; i++)
    shelf.rows.set(`x:${i}`, { ...row, key: `x:${i}`, kind: 'dispute', entry: '{}', dueMs: 1, waitMs: 1 })
  await scene.restart({ resolver: true })
  await soon(async () => (await entry(scene.eko, REF)).outcome === 'settled', 'the debit is found')
})

test('100 due rows that cannot be read starve nobody', async (t) => {
  const shelf = new Shelf()
  const scene = await Scene.of(t, { journal: shelf })
  await scene.lose({ booked: true })
  const row = rowOf(shelf, REF)
  for (let i = 0; i < 100; i++) {
    const key = `dmt.transfer:BAD-${i}`
    shelf.rows.set(key, { ...row, key, version: 1, entry: '{"format":99}', dueMs: 1 + i, waitMs: 1, createdMs: 1 + i })
  }
  await scene.restart({ resolver: true })
  await soon(async () => (await entry(scene.eko, REF)).outcome === 'settled', 'the debit is found')
})
