// Tests of the clock by which silence is counted: that of the store, which all processes share. Between two readings at
// most five minutes count, a step back counts nothing, and readings of two epochs are not compared.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, entry, isOpen } from './product.mjs'
import { KNOWN, REF, Scene, Shelf } from './scene.mjs'

const MINUTE = 60_000
const TEN_MINUTES = { notFoundCount: 3, notFoundSpreadMs: 10 * MINUTE }

/** A store whose clock a test sets. */
class Timed extends Shelf {
  time = { epoch: 'one', ms: 1_700_000_000_000 }

  async clock() {
    return { ...this.time }
  }
}

/** Makes a debit that EPS does not find, in a store with this clock. `goesOn` advances the clock and asks EPS. */
async function silent(t, schedule = TEN_MINUTES) {
  const shelf = new Timed()
  const scene = await Scene.of(t, { journal: shelf, schedule })
  await scene.lose()
  const goesOn = async (byMs, epoch = shelf.time.epoch) => {
    shelf.time = { epoch, ms: shelf.time.ms + byMs }
    return ask(scene.eko, REF)
  }
  await goesOn(0)
  return { scene, goesOn }
}

test('ten minutes in steps of three: ended at the fourth', async (t) => {
  const { goesOn } = await silent(t)
  for (let i = 0; i < 3; i++) assert.ok(isOpen(await goesOn(3 * MINUTE)), `${3 * (i + 1)} minutes`)
  assert.equal((await goesOn(3 * MINUTE)).outcome, 'notSent')
})

test('an hour is five minutes: nobody knows what the clock did', async (t) => {
  const { goesOn } = await silent(t)
  assert.ok(isOpen(await goesOn(60 * MINUTE)))
  assert.equal((await goesOn(60 * MINUTE)).outcome, 'notSent')
})

test('a year at once is five minutes', async (t) => {
  const { goesOn } = await silent(t, { notFoundCount: 2, notFoundSpreadMs: 6 * MINUTE })
  assert.ok(isOpen(await goesOn(365 * 24 * 60 * MINUTE)))
})

test('a step back counts nothing, and takes nothing away', async (t) => {
  const { goesOn } = await silent(t)
  assert.ok(isOpen(await goesOn(5 * MINUTE)))
  for (let i = 0; i < 5; i++) assert.ok(isOpen(await goesOn(-10 * MINUTE)))
  assert.equal((await goesOn(5 * MINUTE)).outcome, 'notSent')
})

test('a clock that swings to and fro ends nothing before its time', async (t) => {
  const { goesOn } = await silent(t, { notFoundCount: 3, notFoundSpreadMs: 20 * MINUTE })
  for (let i = 0; i < 3; i++) {
    assert.ok(isOpen(await goesOn(5 * MINUTE)))
    assert.ok(isOpen(await goesOn(-5 * MINUTE)))
  }
})

test('a clock that stands still ends nothing', async (t) => {
  const { goesOn } = await silent(t)
  for (let i = 0; i < 12; i++) assert.ok(isOpen(await goesOn(0)))
})

test('a change of the clock epoch adds no elapsed time', async (t) => {
  const { goesOn } = await silent(t)
  assert.ok(isOpen(await goesOn(5 * MINUTE)))
  for (let i = 0; i < 6; i++) assert.ok(isOpen(await goesOn(60 * MINUTE, `another ${i}`)))
})

test('a clock that fails proves nothing, and the debit stays open', async (t) => {
  const { scene, goesOn } = await silent(t)
  for (let i = 0; i < 3; i++) await goesOn(4 * MINUTE)
  const other = await silent(t)
  const shelf = other.scene.journal
  shelf.clock = () => Promise.reject(new Error('no clock'))
  for (let i = 0; i < 6; i++) await other.goesOn(4 * MINUTE)
  assert.ok(isOpen(await entry(other.scene.eko, REF)))
  assert.equal((await entry(scene.eko, REF)).outcome, 'notSent')
  assert.equal((await entry(other.scene.eko, KNOWN)).outcome, 'settled')
})
