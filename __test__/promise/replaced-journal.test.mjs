// Tests of a journal's file that is replaced, damaged or removed while a process uses it, and of a second process at
// the same path. No reference is sent twice. At the first sign the process stops all its debits for good, and reports
// it.
import assert from 'node:assert/strict'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { isJournalCode, keep, send } from './product.mjs'
import { copy, filesOf, markOf, move, Scene, soon } from './scene.mjs'

const remove = (journal) => {
  for (const file of filesOf(journal)) rmSync(file)
}
/** Copies or moves all files of a journal into a new folder, with another program. */
const aside = (journal, name, take) => {
  const folder = join(dirname(journal), name)
  mkdirSync(folder)
  for (const file of filesOf(journal)) take(file, join(folder, basename(file)))
  return join(folder, basename(journal))
}

/**
 * Ways to harm the journal. `whole`: the files that are left are a readable journal, so the second process may use it.
 */
const HARM = {
  'all its files are deleted': remove,
  'its file alone is deleted': (journal) => rmSync(journal),
  'it is moved away': (journal) => move(journal, `${journal}-away`),
  'it is moved away, and a copy put in its place': (journal) => {
    const copied = aside(journal, 'copy', copy)
    aside(journal, 'away', move)
    for (const file of filesOf(copied)) copy(file, join(dirname(journal), basename(file)))
  },
  'its folder is moved away': (journal) => {
    const folder = dirname(journal)
    move(folder, `${folder}-away`)
    mkdirSync(folder)
  },
  'a folder stands in its place': (journal) => {
    remove(journal)
    mkdirSync(journal)
  },
  'a link to a copy stands in its place': (journal) => {
    const copied = aside(journal, 'copy', copy)
    remove(journal)
    symlinkSync(copied, journal)
  },
  'a link to nothing stands in its place': (journal) => {
    remove(journal)
    symlinkSync('/nowhere/journal', journal)
  },
  'an empty file stands in its place': (journal) => {
    remove(journal)
    writeFileSync(journal, '')
  },
  'a text stands in its place': (journal) => {
    remove(journal)
    writeFileSync(journal, 'not a journal\n'.repeat(1000))
  },
}
for (const [name, harm] of Object.entries(HARM)) {
  test(`${name} under a running process`, async (t) => {
    const scene = await Scene.of(t)
    const told = keep(scene.eko, 'alarm')
    harm(scene.journal)
    const first = await send(scene.eko, 'FIRST-01')
    assert.ok(isJournalCode(first.code), `${first.outcome} ${first.code}`)
    assert.equal(first.error.sentByThisCall, false)
    const neighbour = await scene.neighbour()
    await neighbour.send('FIRST-01')
    await neighbour.send('SECOND-01')
    const second = await send(scene.eko, 'SECOND-01')
    assert.ok(isJournalCode(second.code), 'it stays so')
    assert.ok(isJournalCode((await send(scene.eko, undefined)).code), 'for generated references too')
    for (const reference of ['FIRST-01', 'SECOND-01']) assert.ok(scene.eps.debits(reference) <= 1, reference)
    await soon(() => told.some(({ reason }) => reason === 'journal'), 'an alarm')
  })
}

const DAMAGE = {
  'its file is cut to nothing': (journal) => truncateSync(journal, 0),
  'its header is written over': (journal) => {
    const file = openSync(journal, 'r+')
    writeSync(file, Buffer.alloc(100, 0x55), 0, 100, 0)
    closeSync(file)
  },
}
for (const [name, harm] of Object.entries(DAMAGE)) {
  test(`${name} under a running process: no reference leaves twice`, async (t) => {
    const scene = await Scene.of(t)
    // Another process does the harm: a process that closes a journal's file of its own loses its locks on it.
    const neighbour = await scene.neighbour()
    await neighbour.send('BEFORE-01')
    harm(scene.journal)
    for (const reference of ['BEFORE-01', 'FIRST-01']) {
      await send(scene.eko, reference)
      await neighbour.send(reference)
      const third = await scene.neighbour()
      await third.send(reference)
      await third.close()
      assert.ok(scene.eps.debits(reference) <= 1, reference)
    }
  })
}

test('a journal that is put back in time is the same journal', async (t) => {
  const scene = await Scene.of(t)
  const away = `${scene.journal}-away`
  move(scene.journal, away)
  move(away, scene.journal)
  assert.equal((await send(scene.eko, 'FIRST-01')).outcome, 'settled')
})

test('a mark deleted at run time blocks debits or is recreated', async (t) => {
  const scene = await Scene.of(t)
  const mark = markOf(scene.journal)
  const before = readFileSync(mark)
  rmSync(mark)
  const outcome = await send(scene.eko, 'FIRST-01')
  const stopped = outcome.code === 'journal.behind' && scene.eps.debits('FIRST-01') === 0
  assert.ok(stopped || (existsSync(mark) && !readFileSync(mark).equals(before)), `${outcome.outcome} ${outcome.code}`)
})
