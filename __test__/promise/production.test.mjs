// Tests of rules for production alone: where a journal may lie, that a copy of a journal is refused, and how long
// silence must last. A relay on this machine with production's path counts as production.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ask, isJournalCode, isOpen, open, send } from './product.mjs'
import { copy, filesOf, KNOWN, REF, Scene } from './scene.mjs'

const RISK = 'debits-may-be-forgotten'
const shm = '/dev/shm'
const noShm = existsSync(shm) ? false : 'there is no /dev/shm'

/**
 * Opens a client that takes this EPS for production. `acceptVolatile` is set because the temporary folder may be in
 * memory.
 */
function relayed(scene, { journal = scene.journal, accept = true, ...options } = {}) {
  const baseUrl = scene.eps.baseUrl.replace('/ekoapi/', '/ekoicici/')
  const file = { file: journal, ...(accept && { acceptVolatile: RISK }) }
  return scene.client({ baseUrl, journal: file, schedule: {}, ...options })
}
const of = (t) => Scene.of(t, { known: false })

test('a debit through a relay is settled as any other', async (t) => {
  const scene = await of(t)
  assert.equal((await send(relayed(scene), KNOWN)).outcome, 'settled')
})

test('a debit needs a journal that was named', async (t) => {
  const scene = await of(t)
  const baseUrl = scene.eps.baseUrl.replace('/ekoapi/', '/ekoicici/')
  const bare = open({ baseUrl }, { schedule: {} })
  t.after(() => bare.close())
  const outcome = await send(bare, REF)
  assert.deepEqual([outcome.outcome, scene.eps.debits(REF)], ['rejected', 0])
})

test('a hasty schedule is refused', async (t) => {
  const scene = await of(t)
  for (const schedule of [{ notFoundCount: 1 }, { notFoundSpreadMs: 20 }, { notFoundSpreadMs: 60_000 }]) {
    assert.throws(() => relayed(scene, { schedule }), { code: 'invalid_config' })
  }
})

test('silence ends nothing within minutes', async (t) => {
  const scene = await of(t)
  const eko = relayed(scene)
  await send(eko, KNOWN)
  scene.eps.answer.debit = () => ({ drop: 'reset' })
  await send(eko, REF)
  for (let i = 0; i < 8; i++) assert.ok(isOpen(await ask(eko, REF)))
})

test('a journal in memory is refused, unless the risk is named', { skip: noShm }, async (t) => {
  const scene = await of(t)
  const folder = mkdtempSync(join(shm, 'eko-eps-promise-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const journal = join(folder, 'journal')
  const outcome = await send(relayed(scene, { journal, accept: false }), KNOWN)
  assert.ok(isJournalCode(outcome.code), outcome.code)
  assert.equal(scene.eps.debits(), 0)
  assert.equal((await send(relayed(scene, { journal: join(folder, 'accepted') }), KNOWN)).outcome, 'settled')
})

test('refuses a copied journal and mark with journal.behind', async (t) => {
  const scene = await of(t)
  const baseUrl = scene.eps.baseUrl.replace('/ekoapi/', '/ekoicici/')
  const neighbour = await scene.neighbour({
    baseUrl,
    schedule: {},
    journal: { file: scene.journal, acceptVolatile: RISK },
  })
  assert.equal((await neighbour.send(KNOWN)).outcome, 'settled')
  await neighbour.close()
  const folder = join(dirname(scene.journal), 'copy')
  mkdirSync(folder)
  for (const file of filesOf(scene.journal)) copy(file, folder)
  const outcome = await send(relayed(scene, { journal: join(folder, 'journal') }), REF)
  assert.deepEqual([outcome.code, scene.eps.debits(REF)], ['journal.behind', 0])
  assert.equal((await send(relayed(scene), KNOWN)).code, 'reference_used')
})

test('does not ask production about debits of another address', async (t) => {
  const scene = await Scene.of(t)
  await scene.lose()
  const eko = relayed(scene)
  assert.equal((await ask(eko, REF)).outcome, 'rejected')
  assert.equal((await send(eko, REF)).code, 'reference_used')
  assert.equal(scene.eps.debits(REF), 1)
})
