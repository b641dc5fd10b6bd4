// Tests of the checks in JavaScript of calls about the journal and of a debit's options. No test here needs a journal.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EkoClient, EkoError, EkoValidationError } from 'eko-eps'
import { KEYS } from './support/server.mjs'

const baseUrl = 'http://127.0.0.1:1/ekoapi/v3'
let eko
before(() => {
  eko = new EkoClient({ ...KEYS, baseUrl, resolver: false })
})
after(() => eko.close())

const LISTED = { op: 'dmt.transfer', reference: 'REF-1', reservationId: 'r', revision: 1, outcome: 'settled' }
const without = (name) => Object.fromEntries(Object.entries(LISTED).filter(([member]) => member !== name))
const sure = { iHaveAskedEps: true }

/** Each refused call, and the parameter that the error names. */
const REFUSED = {
  'acknowledge of a bare reference': [() => eko.acknowledge({ op: 'dmt.transfer', reference: 'R' }), 'reservationId'],
  'acknowledge without a revision': [() => eko.acknowledge(without('revision')), 'revision'],
  'acknowledge of a revision that is text': [() => eko.acknowledge({ ...LISTED, revision: '1' }), 'revision'],
  'acknowledge of a text': [() => eko.acknowledge('REF-1'), 'debit'],
  'acknowledge of nothing': [() => eko.acknowledge(), 'debit'],
  'resolve without an operation': [() => eko.resolve(without('op')), 'op'],
  'resolve without a reference': [() => eko.resolve(without('reference')), 'reference'],
  'resolve of nothing': [() => eko.resolve(null), 'key'],
  'history of an empty reference': [() => eko.history({ ...LISTED, reference: '' }), 'reference'],
  'declareNotSent without having asked': [() => eko.declareNotSent(LISTED), 'options'],
  'declareNotSent with a no': [() => eko.declareNotSent(LISTED, { iHaveAskedEps: false }), 'iHaveAskedEps'],
  'declareNotSent of a bare reference': [() => eko.declareNotSent(without('reservationId'), sure), 'reservationId'],
  'declareFinal without having asked': [() => eko.declareFinal(LISTED, { outcome: 'settled' }), 'iHaveAskedEps'],
  'declareFinal as notSent': [() => eko.declareFinal(LISTED, { ...sure, outcome: 'notSent' }), 'outcome'],
  'declareFinal with a tid that is a number': [
    () => eko.declareFinal(LISTED, { ...sure, outcome: 'settled', tid: 1 }),
    'tid',
  ],
  'declareRestored without having asked': [() => eko.declareRestored(), 'options'],
  'acknowledgeAlarm of a text': [() => eko.acknowledgeAlarm('alarm:1'), 'alarm'],
  'acknowledgeAlarm without its id': [() => eko.acknowledgeAlarm({ reason: 'journal' }), 'id'],
  'prune without an age': [() => eko.prune({}), 'olderThanMs'],
  'archive without an age': [() => eko.archive(), 'options'],
  'archive by a negative age': [() => eko.archive({ olderThanMs: -1 }), 'olderThanMs'],
  'a page of no items': [() => eko.unresolved().toArray({ limit: 0 }), 'limit'],
  'a page of half an item': [() => eko.alarms().toArray({ limit: 0.5 }), 'limit'],
  'a retryOf that is empty': [() => eko.dmt.transfer({}, { retryOf: '' }), 'options.retryOf'],
  'a retryOf of a call that moves nothing': [() => eko.getCustomer({}, { retryOf: 'REF-1' }), 'options'],
  'an unknown option of a debit': [() => eko.dmt.transfer({}, { retry: true }), 'options'],
}
for (const [name, [call, parameter]] of Object.entries(REFUSED)) {
  test(`${name} is refused, naming ${parameter}`, async () => {
    await assert.rejects(call(), (error) => {
      assert.ok(error instanceof EkoValidationError)
      assert.deepEqual([error.code, Object.keys(error.invalidParams)], ['invalid_params', [parameter]])
      return true
    })
  })
}

test('a refusal of acknowledge says what to pass', async () => {
  const bare = eko.acknowledge({ op: 'dmt.transfer', reference: 'REF-1' })
  await assert.rejects(bare, { message: /pass an entry of eko\.unresolved\(\)/ })
})

test('acknowledge returns false for an outcome without reservation', async () => {
  const outcome = { op: 'dmt.transfer', outcome: 'notSent', clientRefId: 'REF-1', reusable: true }
  assert.equal(await eko.acknowledge(outcome), false)
})

test('events are known by name', () => {
  for (const kind of ['outcome', 'resolved', 'alarm', 'notice']) eko.on(kind, () => {})()
  assert.throws(() => eko.on('settled', () => {}), { code: 'invalid_params' })
  assert.throws(() => eko.on('alarm'), { code: 'invalid_params' })
})

test('an EkoError has sentByThisCall only if it is given', () => {
  const data = {
    code: 'journal.unavailable',
    message: 'm',
    action: 'a',
    retryable: true,
    maybeSent: false,
    attempts: [],
  }
  assert.equal('sentByThisCall' in new EkoError(data), false)
  const error = new EkoError({ ...data, sentByThisCall: false })
  assert.deepEqual([error.sentByThisCall, error.toJSON().sentByThisCall], [false, false])
})

const method = () => {}
const STORE = { read: method, write: method, due: method, unresolved: method, prune: method }

test('the options are checked by name', () => {
  const wrong = [
    [{ journal: '' }, /journal is empty/],
    [{ journal: 7 }, /journal takes an object/],
    [{ journal: {} }, /file, store and off/],
    [{ journal: { file: 'a', off: 'b' } }, /file, store and off/],
    [{ journal: { path: 'a' } }, /"path" is not an option of journal/],
    [{ journal: { off: true } }, /journal.off must name the risk/],
    [{ journal: { off: 'yes' } }, /journal.off must name the risk/],
    [{ journal: { store: {} } }, /no method read/],
    [{ resolver: 'no' }, /resolver/],
    [{ journal: { file: 'a', create: 'no' } }, /journal.create must be true or false/],
    [{ journal: { file: 'a', acceptVolatile: true } }, /must name the risk: write 'debits-may-be-forgotten'/],
    [{ journal: { store: {}, create: true } }, /journal.create is allowed only with journal.file/],
    [{ journal: { store: { ...STORE, clock: 1 } } }, /journal.store.clock must be a method/],
    [{ journal: { store: { ...STORE, archive: true } } }, /journal.store.archive must be a method/],
    [{ journal: { store: { ...STORE, debits: null } } }, /journal.store.debits must be a method/],
    [{ maxDebits: 0 }, /maxDebits must be a whole number from 1 to 10000/],
    [{ maxDebits: 10_001 }, /maxDebits must be a whole number from 1 to 10000/],
    [{ maxDebits: -1 }, /maxDebits must be a whole number from 1 to 10000/],
    [{ maxDebits: Number.NaN }, /maxDebits must be a whole number/],
    [{ maxInquiries: 1_001 }, /maxInquiries must be a whole number from 1 to 1000/],
    [{ alarmAfterMs: 0 }, /alarmAfterMs must be a whole number from 1 to 2678400000/],
    [{ alarmAfterMs: Number.MAX_SAFE_INTEGER }, /alarmAfterMs must be a whole number from 1 to 2678400000/],
    [{ deadlineMs: 3_600_001 }, /deadlineMs must be a whole number from 1 to 3600000/],
    [
      { schedule: { notFoundCount: 5_000_000_000 } },
      /schedule.notFoundCount must be a whole number from 1 to 2678400000/,
    ],
    [{ maxInquiries: 1.5 }, /maxInquiries must be a whole number/],
    [{ alarmAfterMs: '1' }, /alarmAfterMs/],
    [{ inquiryUserCode: 1 }, /inquiryUserCode must be true or false/],
    [{ knownReferences: 'REF-1' }, /knownReferences must be an object/],
    [{ knownReferences: { 'dmt.transfer': 1 } }, /knownReferences\["dmt.transfer"\] must be a reference as text/],
    [{ schedule: { beginWithinMs: 1 } }, /"beginWithinMs" is not an option of schedule/],
    [{ schedule: { minutelyUntilMs: -1 } }, /schedule.minutelyUntilMs must be a whole number from 0/],
    [{ schedule: { notFoundSpreadMs: -1 } }, /schedule.notFoundSpreadMs must be a whole number from 0/],
    [{ schedule: { slowMs: 0 } }, /schedule.slowMs must be a whole number/],
  ]
  for (const [options, message] of wrong)
    assert.throws(() => new EkoClient({ ...KEYS, baseUrl, ...options }), { code: 'invalid_config', message })
})
