// Tests of a journal that is damaged, lost, or replaced by an older copy between two runs of a program. The next run
// must not silently begin a new journal: no sent debit is sent again, and an error says what is wrong.
import assert from 'node:assert/strict'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { alarms, declareRestored, isJournalCode, keep, next, send } from './product.mjs'
import { copy, filesOf, KNOWN, markOf, pause, Scene, skip, soon, sqlite, sqliteHolds } from './scene.mjs'

const OLD = 'BEFORE-01'

/** Makes a journal that another process has used, with KNOWN and OLD settled. This process has not opened it. */
async function used(t, { kill = false } = {}) {
  const scene = await Scene.of(t, { known: false })
  const neighbour = await scene.neighbour()
  for (const reference of [KNOWN, OLD]) assert.equal((await neighbour.send(reference)).outcome, 'settled')
  await (kill ? neighbour.kill() : neighbour.close())
  return scene
}

/** Returns the path of a journal that belongs to another EPS. */
async function foreign(t, options) {
  const other = await used(t, options)
  return other.journal
}

function overwrite(path, at, bytes) {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, at)
  closeSync(file)
}
const side = (journal) => {
  for (const end of ['-wal', '-shm']) rmSync(`${journal}${end}`, { force: true })
}
/** Returns an empty SQLite database: a header and one page without a table. */
function emptyDatabase() {
  const page = Buffer.alloc(4096)
  page.write('SQLite format 3\0', 0, 'latin1')
  page.writeUInt16BE(4096, 16)
  page.set([1, 1, 0, 64, 32, 32], 18)
  page.writeUInt32BE(1, 24)
  page.writeUInt32BE(1, 28)
  page.writeUInt32BE(4, 44)
  page.writeUInt32BE(1, 56)
  page.writeUInt32BE(1, 92)
  page[100] = 13
  page.writeUInt16BE(4096, 105)
  return page
}

const HARM = {
  'is cut to nothing': (journal) => truncateSync(journal, 0),
  'is cut to half': (journal) => truncateSync(journal, Math.floor(statSync(journal).size / 2)),
  'is cut to its first page': (journal) => truncateSync(journal, 4096),
  'has another header': (journal) => overwrite(journal, 0, Buffer.from('Not a database!\0')),
  'begins with zeros': (journal) => overwrite(journal, 0, Buffer.alloc(200)),
  'is all zeros': (journal) => writeFileSync(journal, Buffer.alloc(statSync(journal).size)),
  'is a text': (journal) => writeFileSync(journal, 'hello\n'),
  'is a folder': (journal) => {
    rmSync(journal)
    side(journal)
    mkdirSync(journal)
  },
  'is a link to nothing': (journal) => {
    rmSync(journal)
    side(journal)
    symlinkSync('/nowhere/at/all', journal)
  },
  'is an empty database': (journal) => {
    side(journal)
    writeFileSync(journal, emptyDatabase())
  },
  'is deleted, its mark is left': (journal) => {
    rmSync(journal)
    side(journal)
  },
  'has lost its mark': (journal) => rmSync(markOf(journal)),
  'has an empty mark': (journal) => truncateSync(markOf(journal), 0),
  'has a mark of other bytes': (journal) =>
    writeFileSync(markOf(journal), Buffer.alloc(statSync(markOf(journal)).size, 7)),
  'has a folder for a mark': (journal) => {
    const mark = markOf(journal)
    rmSync(mark)
    mkdirSync(mark)
  },
  'has the mark of another journal': async (journal, t) => copy(markOf(await foreign(t)), markOf(journal)),
  'is another journal': async (journal, t) => {
    side(journal)
    const other = await foreign(t)
    for (const end of ['', '-wal'])
      if (existsSync(`${other}${end}`)) writeFileSync(`${journal}${end}`, readFileSync(`${other}${end}`))
  },
  'is the beginning of another journal, whose log is missing': async (journal, t) => {
    side(journal)
    writeFileSync(journal, readFileSync(await foreign(t, { kill: true })))
  },
}
for (const [name, harm] of Object.entries(HARM)) {
  test(`the journal ${name}: nothing leaves`, async (t) => {
    const scene = await used(t)
    await harm(scene.journal, t)
    const told = keep(scene.eko, 'alarm')
    let unavailable = false
    for (const reference of ['AFTER-01', OLD, undefined]) {
      const outcome = await send(scene.eko, reference)
      const knows = reference === OLD && outcome.code === 'reference_used'
      assert.ok(isJournalCode(outcome.code) || knows, `${reference}: ${outcome.outcome} ${outcome.code}`)
      if (outcome.outcome === 'rejected') assert.equal(outcome.error.sentByThisCall, false)
      unavailable ||= outcome.code === 'journal.unavailable'
    }
    assert.deepEqual([scene.eps.debits(), scene.eps.debits(OLD)], [2, 1])
    // A journal that cannot be reached now may be undamaged, so there is no alarm.
    if (!unavailable) await soon(() => told.some(({ reason }) => reason === 'journal'), 'an alarm')
  })
}

test('a journal cut by one byte sends no debit twice', async (t) => {
  const scene = await used(t)
  truncateSync(scene.journal, statSync(scene.journal).size - 1)
  assert.equal((await send(scene.eko, OLD)).outcome, 'rejected')
  assert.equal(scene.eps.debits(OLD), 1)
})

test('a journal with overwritten bytes sends no debit twice', async (t) => {
  for (const at of [0.3, 0.5, 0.7, 0.9]) {
    const scene = await used(t)
    overwrite(scene.journal, Math.floor(statSync(scene.journal).size * at), Buffer.alloc(3000, 0xaa))
    const outcome = await send(scene.eko, OLD)
    assert.equal(outcome.outcome, 'rejected')
    assert.equal(scene.eps.debits(OLD), 1)
  }
})

const LOST = {
  'its log is deleted': (journal) => rmSync(`${journal}-wal`, { force: true }),
  'its log and index are deleted': side,
  'its log is cut to half': (journal) => {
    if (existsSync(`${journal}-wal`)) truncateSync(`${journal}-wal`, Math.floor(statSync(`${journal}-wal`).size / 2))
  },
  'its log is written over': (journal) => {
    if (existsSync(`${journal}-wal`)) writeFileSync(`${journal}-wal`, Buffer.alloc(statSync(`${journal}-wal`).size, 3))
  },
  nothing: () => {},
}
for (const [name, harm] of Object.entries(LOST)) {
  test(`process killed, then ${name}: nothing leaves again`, async (t) => {
    const scene = await used(t, { kill: true })
    harm(scene.journal)
    const outcome = await send(scene.eko, OLD)
    assert.equal(outcome.outcome, 'rejected')
    assert.ok(isJournalCode(outcome.code) || outcome.code === 'reference_used', outcome.code)
    if (name === 'nothing') assert.equal(outcome.code, 'reference_used')
    assert.equal(scene.eps.debits(OLD), 1)
  })
}

test('its tables are dropped by another program', { skip }, async (t) => {
  const scene = await used(t)
  sqlite(
    `c=sqlite3.connect(sys.argv[1])
for (n,) in c.execute("select name from sqlite_master where type='table' and name not like 'sqlite%'").fetchall(): c.execute(f'drop table "{n}"')
c.commit()`,
    scene.journal,
  )
  assert.ok(isJournalCode((await send(scene.eko, OLD)).code))
  assert.equal(scene.eps.debits(OLD), 1)
})

test('another program’s database is in its place', { skip }, async (t) => {
  const scene = await used(t)
  side(scene.journal)
  rmSync(scene.journal)
  sqlite("c=sqlite3.connect(sys.argv[1]);c.execute('create table users(id)');c.commit()", scene.journal)
  assert.ok(isJournalCode((await send(scene.eko, OLD)).code))
  assert.equal(
    sqlite(
      "print(sqlite3.connect(sys.argv[1]).execute('select count(*) from users').fetchone()[0])",
      scene.journal,
    ).trim(),
    '0',
  )
  assert.equal(scene.eps.debits(OLD), 1)
})

test('rows are removed by another program', { skip }, async (t) => {
  const scene = await used(t)
  sqlite(
    `c=sqlite3.connect(sys.argv[1])
for (n,) in c.execute("select name from sqlite_master where type='table' and name not like 'sqlite%'").fetchall(): c.execute(f'delete from "{n}"')
c.commit()`,
    scene.journal,
  )
  assert.ok(isJournalCode((await send(scene.eko, OLD)).code))
  assert.equal(scene.eps.debits(OLD), 1)
})

const COPIES = {
  'by a program that copies its bytes': (from, to) => writeFileSync(to, readFileSync(from)),
  'as another file': (from, to) => {
    rmSync(to, { force: true })
    copy(from, to)
  },
  'by a new name': (from, to) => renameSync(from, to),
}
/** Puts an older copy of a journal back: AFTER-01 was sent, and the copy does not have it. */
async function restored(t, put) {
  const scene = await used(t)
  const whole = [scene.journal, `${scene.journal}-wal`].filter((file) => existsSync(file))
  const folder = scene.folder()
  for (const file of whole) copy(file, folder)
  const neighbour = await scene.neighbour()
  assert.equal((await neighbour.send('AFTER-01')).outcome, 'settled')
  await neighbour.close()
  side(scene.journal)
  for (const file of whole) put(join(folder, basename(file)), file)
  return scene
}
for (const [name, put] of Object.entries(COPIES)) {
  test(`an older copy was put back ${name}: journal.behind`, async (t) => {
    const scene = await restored(t, put)
    const alarm = next(scene.eko, 'alarm', ({ reason }) => reason === 'journal')
    for (const reference of ['AFTER-01', 'FRESH-01', OLD]) {
      const outcome = await send(scene.eko, reference)
      assert.deepEqual([outcome.outcome, outcome.code], ['rejected', 'journal.behind'])
      assert.equal(outcome.error.sentByThisCall, false)
    }
    await alarm
    await assert.rejects(declareRestored(scene.eko, {}), { code: 'invalid_params' })
    assert.equal((await send(scene.eko, 'AFTER-01')).code, 'journal.behind')
    await declareRestored(scene.eko)
    const again = await send(scene.eko, 'AFTER-01')
    assert.equal(again.outcome, 'rejected', 'EPS has it, though the journal does not know it')
    assert.equal((await send(scene.eko, 'FRESH-01')).outcome, 'settled', 'EPS has shown that it does not have it')
    assert.equal((await send(scene.eko)).outcome, 'settled', 'a generated one is new')
    assert.equal((await send(scene.eko, OLD)).code, 'reference_used')
    for (const reference of ['AFTER-01', 'FRESH-01', OLD]) assert.equal(scene.eps.debits(reference), 1)
  })
}

test('rejects a waiting debit if the journal is declared restored', {
  skip,
}, async (t) => {
  const scene = await restored(t, COPIES['as another file'])
  assert.equal((await send(scene.eko, 'AFTER-01')).code, 'journal.behind')
  const declares = `c=sqlite3.connect(sys.argv[1],isolation_level=None)
c.execute('begin immediate')
c.execute("update journal set marked=2,restored_ms=9000000000000000000,restored_boot_ms=1,restored_epoch='another'")`
  const commit = await sqliteHolds(
    scene,
    `${declares}\nimport atexit;atexit.register(lambda:c.execute('commit'))`,
    scene.journal,
  )
  const sending = send(scene.eko, 'AFTER-01')
  // The debit has checked the journal before, and now waits for the lock.
  await pause(500)
  await commit()
  const outcome = await sending
  assert.deepEqual([outcome.outcome, outcome.code, scene.eps.debits('AFTER-01')], ['rejected', 'journal.behind', 1])
  assert.equal(outcome.error.sentByThisCall, false)
  assert.equal((await send(scene.eko, 'FRESH-01')).outcome, 'settled')
})

test('a restored journal sends a given reference only with proof', async (t) => {
  const scene = await restored(t, COPIES['as another file'])
  await declareRestored(scene.eko)
  await scene.restart()
  scene.eps.answer.inquiry = () => ({ http: 502, text: '' })
  const outcome = await send(scene.eko, 'FRESH-01')
  assert.deepEqual([outcome.outcome, scene.eps.debits('FRESH-01')], ['rejected', 0])
  assert.equal((await send(scene.eko)).outcome, 'settled')
  scene.eps.answer.inquiry = undefined
  assert.equal((await send(scene.eko, 'FRESH-01')).outcome, 'settled')
})

test('an emptied restored journal sends only generated references', async (t) => {
  const scene = await used(t, { kill: true })
  side(scene.journal)
  const known = (await send(scene.eko, OLD)).code
  if (known === 'reference_used') return
  assert.equal(known, 'journal.behind')
  await scene.restart()
  await declareRestored(scene.eko)
  assert.equal((await send(scene.eko, OLD)).outcome, 'rejected')
  assert.equal((await send(scene.eko)).outcome, 'settled')
  assert.equal((await send(scene.eko, OLD)).outcome, 'rejected')
  assert.equal(scene.eps.debits(OLD), 1)
})

test('refuses a journal that was copied without its mark', async (t) => {
  const scene = await used(t)
  const elsewhere = scene.path()
  for (const end of ['', '-wal'])
    if (existsSync(`${scene.journal}${end}`)) copy(`${scene.journal}${end}`, `${elsewhere}${end}`)
  const outcome = await send(scene.client({ journal: elsewhere }), 'FRESH-01')
  assert.deepEqual([outcome.code, scene.eps.debits('FRESH-01')], ['journal.behind', 0])
})

test('a new journal is told, and is not made where that is refused', async (t) => {
  const scene = await Scene.of(t, { known: false })
  const told = next(scene.eko, 'notice', ({ reason }) => reason === 'journalCreated')
  await send(scene.eko, KNOWN)
  await told
  const journal = scene.path()
  const strict = scene.client({ journal: { file: journal, create: false } })
  const outcome = await send(strict, 'FIRST-01')
  assert.ok(isJournalCode(outcome.code), outcome.code)
  assert.equal(scene.eps.debits('FIRST-01'), 0)
  assert.deepEqual(readdirSync(dirname(journal)), [])
  const existing = scene.client({ journal: { file: scene.journal, create: false } })
  assert.equal((await send(existing, KNOWN)).code, 'reference_used')
})

test('a folder that is not there is not made', async (t) => {
  const scene = await Scene.of(t, { known: false, journal: '/nowhere/at/all/journal' })
  assert.ok(isJournalCode((await send(scene.eko, KNOWN)).code))
  assert.equal(scene.eps.debits(), 0)
})

test('a closed journal works after its files are moved together', async (t) => {
  const scene = await used(t)
  const folder = `${dirname(scene.journal)}-moved`
  renameSync(dirname(scene.journal), folder)
  t.after(() => rmSync(folder, { recursive: true }))
  const moved = scene.client({ journal: `${folder}/journal` })
  assert.equal((await send(moved, OLD)).code, 'reference_used')
  assert.equal((await send(moved, 'FRESH-01')).outcome, 'settled')
  assert.deepEqual(await alarms(moved), [])
  assert.ok(filesOf(`${folder}/journal`).length >= 2)
})
