// Tests of debits: what is sent, how often, which outcome is reported, and what the journal records.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { EkoClient, EkoError, EkoOtpError, EkoTransportError } from 'eko-eps'
import { bank, NOTHING, transaction } from './support/bank.mjs'
import { node } from './support/child.mjs'
import { KEYS, TRANSFER } from './support/server.mjs'

const program = fileURLToPath(new URL('./support/debit.mjs', import.meta.url))
let folder
let server
let eko
let journals = 0

const journal = () => join(folder, `journal-${journals++}`)
const open = (options = {}) => new EkoClient({ ...KEYS, baseUrl: server.baseUrl, journal: journal(), ...options })
const transfer = (clientRefId, options, client = eko) => client.dmt.transfer({ ...TRANSFER, clientRefId }, options)
const key = (reference) => ({ op: 'dmt.transfer', reference })
/** Resolves to an event without the ids of the attempt, which differ each time. */
const news = async (event) => {
  const { reservationId, revision, ...said } = await event
  assert.match(reservationId, /./)
  assert.equal(typeof revision, 'number')
  return said
}
const next = (client, kind) =>
  new Promise((resolve) => {
    const off = client.on(kind, (event) => {
      off()
      resolve(event)
    })
  })

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'eko-eps-money-'))
})
beforeEach(async () => {
  await eko?.close()
  await server?.close()
  server = await bank()
  eko = open({ resolver: false })
})
after(async () => {
  await eko.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

test('a settled debit says so, with its evidence, and left once', async () => {
  const result = await transfer('REF-1')
  assert.equal(result.outcome, 'settled')
  assert.equal(result.clientRefId, 'REF-1')
  assert.equal(result.tid, '12971397')
  assert.equal(result.fee, '10')
  assert.equal(result.evidence.phase, 'bodyComplete')
  assert.equal(result.evidence.bytesWritten, result.evidence.bytesTotal)
  assert.ok(result.evidence.bytesTotal > 100)
  assert.equal(result.evidence.attempts.length, 1)
  assert.equal(result.meta.txStatus, 0)
  assert.equal(JSON.parse(result.raw).data.tid, '12971397')
  assert.equal(result.resolve, undefined)
  assert.equal(server.debits.length, 1)
  assert.equal(server.debits[0].body.otp, '004217')
})

const OUTCOMES = {
  'in flight': [(ref) => transaction(ref, { tx_status: '2' }), { outcome: 'pending' }],
  'an unknown state': [(ref) => transaction(ref, { tx_status: '9' }), { outcome: 'pending' }],
  'the money is to be refunded': [(ref) => transaction(ref, { tx_status: '3' }), { outcome: 'refundPending' }],
  'the money is back': [(ref) => transaction(ref, { tx_status: '4' }), { outcome: 'refunded' }],
  failed: [(ref) => transaction(ref, { tx_status: '1' }), { outcome: 'declined', beforeWork: false }],
  'a wrong OTP': [() => ({ status: 302, message: 'wrong' }), { outcome: 'declined', beforeWork: true }],
  'another reference': [() => transaction('REF-2'), { outcome: 'indeterminate' }],
  'another amount': [(ref) => transaction(ref, { amount: '100.01' }), { outcome: 'indeterminate' }],
  'no answer': [() => 'close', { outcome: 'indeterminate' }],
  'a page of a firewall': [() => ({ text: '<html>' }), { outcome: 'indeterminate' }],
  'a gateway': [() => ({ http: 502, text: '{"message":"bad gateway"}' }), { outcome: 'indeterminate' }],
}
for (const [name, [debit, expected]] of Object.entries(OUTCOMES)) {
  test(`${name}: ${expected.outcome}`, async () => {
    server.debit = debit
    const before = Date.now()
    const result = await transfer('REF-1')
    for (const [member, value] of Object.entries(expected)) assert.equal(result[member], value, member)
    const isOpen = ['pending', 'refundPending', 'indeterminate'].includes(expected.outcome)
    assert.equal(typeof result.resolve, isOpen ? 'function' : 'undefined')
    // Without a verdict by EPS the debit is due at once.
    const wait = name === 'a gateway' ? 0 : 900
    if (isOpen) assert.ok(result.nextInquiryAt >= before + wait, `${result.nextInquiryAt - before}`)
    assert.equal(result.contradiction !== undefined, name.startsWith('another'))
    assert.equal(server.debits.length, 1)
    const again = transfer('REF-1')
    if (expected.beforeWork) assert.equal((await again).outcome, 'declined')
    else await assert.rejects(again, { code: 'reference_used', clientRefId: 'REF-1' })
    assert.equal(server.debits.length, expected.beforeWork ? 2 : 1)
  })
}

test('errors of outcomes are of the usual classes', async () => {
  server.debit = () => ({ status: 302, message: 'wrong' })
  const declined = await transfer('REF-1')
  assert.ok(declined.error instanceof EkoOtpError)
  server.debit = () => 'close'
  const lost = await transfer('REF-2')
  assert.ok(lost.error instanceof EkoTransportError)
  assert.equal(lost.error.maybeSent, true)
  assert.equal(lost.evidence.phase, 'fullyWritten')
})

test('a refused connection ends as notSent, the reference reusable', async () => {
  const path = journal()
  // Nothing listens on port 1. A port that was just freed might be given to another test.
  const deaf = open({ baseUrl: 'http://127.0.0.1:1/ekoapi/v3', journal: path })
  const result = await transfer('REF-1', undefined, deaf)
  await deaf.close()
  assert.equal(result.outcome, 'notSent')
  assert.equal(result.error.code, 'network.refused')
  assert.deepEqual([result.evidence.phase, result.evidence.bytesWritten], ['notDispatched', 0])
  const heard = open({ journal: path })
  assert.equal((await transfer('REF-1', undefined, heard)).outcome, 'settled')
  await heard.close()
})

test('one reference, fifty times at once: exactly one leaves', async () => {
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => transfer('REF-1')))
  assert.equal(results.filter(({ value }) => value?.outcome === 'settled').length, 1)
  assert.equal(results.filter(({ reason }) => reason?.code === 'reference_used').length, 49)
  assert.equal(server.debits.length, 1)
})

test('another process is refused the reference too', async () => {
  const path = journal()
  const runs = await Promise.all([1, 2, 3].map(() => node([program, server.baseUrl, path, 'REF-1'])))
  assert.deepEqual(runs.map(({ stdout }) => stdout).sort(), ['reference_used', 'reference_used', 'settled'])
  assert.ok(
    runs.every(({ code, late }) => code === 0 && !late),
    'each ends by itself, with a resolver that runs',
  )
  assert.equal(server.debits.length, 1)
})

test('after kill -9 the debit is listed, refused and then resolved', async () => {
  const path = journal()
  server.debit = () => 'silence'
  const child = spawn(process.execPath, [program, server.baseUrl, path, 'REF-1'], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  await server.arrived(1)
  child.kill('SIGKILL')
  assert.equal(await ended, 'SIGKILL')
  assert.equal((await node([program, server.baseUrl, path, 'REF-1'])).stdout, 'reference_used')
  const restarted = open({ journal: path, resolver: false })
  const [entry, ...others] = await restarted.unresolved().toArray()
  assert.equal(others.length, 0)
  assert.deepEqual([entry.op, entry.reference, entry.outcome], ['dmt.transfer', 'REF-1', 'indeterminate'])
  assert.equal(entry.amount, '100')
  assert.equal(await restarted.acknowledge(entry), false, 'it is open')
  const resolved = await restarted.resolve(entry)
  assert.deepEqual([resolved.outcome, resolved.reservationId, resolved.revision], ['settled', entry.reservationId, 1])
  assert.equal(await restarted.acknowledge(entry), false, 'what was listed is not how it ended')
  assert.equal(await restarted.acknowledge(resolved), true)
  assert.deepEqual(await restarted.unresolved().toArray(), [])
  const history = await restarted.history(entry)
  assert.deepEqual(new Set(history.map(({ reservationId }) => reservationId)), new Set([entry.reservationId]))
  assert.deepEqual([history[0].by, history[0].from, history[0].to], ['reserved', undefined, 'indeterminate'])
  assert.deepEqual([history.at(-1).from, history.at(-1).to], ['indeterminate', 'settled'])
  assert.equal(await restarted.prune({ olderThanMs: 60_000 }), 0)
  await restarted.close()
  assert.equal(server.debits.length, 1)
})

test('what is old is archived and later forgotten, by its age', async () => {
  server.debit = (reference) => transaction(reference)
  const own = open({ journal: journal(), resolver: false })
  const references = async () => (await own.debits().toArray()).map(({ reference }) => reference)
  const debit = await transfer('REF-1', undefined, own)
  assert.equal(await own.acknowledge(debit), true)
  const [{ updatedAt }] = await own.debits().toArray()
  while (Date.now() <= updatedAt + 100) await new Promise(setImmediate)
  // The journal's own time advances only when something is written.
  await transfer('REF-2', undefined, own)
  for (const step of ['archive', 'prune']) {
    assert.equal(await own[step]({ olderThanMs: 60_000 }), 0)
    assert.deepEqual(await references(), ['REF-1', 'REF-2'])
    assert.equal(await own[step]({ olderThanMs: 50 }), 1)
    if (step === 'archive') await assert.rejects(transfer('REF-1', undefined, own), { code: 'reference_used' })
  }
  assert.deepEqual(await references(), ['REF-2'])
  await own.close()
  assert.equal(server.debits.length, 2)
})

test('a lost answer is found again by resolve()', async () => {
  server.debit = () => 'close'
  const lost = await transfer('REF-1')
  server.inquiry = () => NOTHING
  const unknown = await lost.resolve()
  assert.equal(unknown.outcome, 'indeterminate', 'not found is not "not done"')
  assert.equal(unknown.error.code, 'network.reset')
  server.inquiry = () => transaction('REF-1', { tx_status: '2', tid: '77' })
  const pending = await unknown.resolve()
  assert.deepEqual([pending.outcome, pending.tid], ['pending', '77'])
  server.inquiry = () => transaction('REF-1', { tid: '77' })
  const settled = await pending.resolve()
  assert.deepEqual([settled.outcome, settled.tid, settled.resolve], ['settled', '77', undefined])
  assert.deepEqual(server.inquiries, ['REF-1', 'REF-1', '77'])
  server.inquiry = () => 'close'
  assert.equal((await lost.resolve()).outcome, 'settled', 'what is final is not asked again')
  assert.equal(server.debits.length, 1)
})

test('an inquiry that fails rejects, and changes nothing', async () => {
  server.debit = () => 'close'
  const lost = await transfer('REF-1')
  server.inquiry = () => ({ http: 401, text: '{"status":2484,"response_type_id":2484}' })
  await assert.rejects(lost.resolve(), { code: 'auth.signature' })
  const [entry] = await eko.unresolved().toArray()
  assert.deepEqual([entry.outcome, entry.reusable, entry.spent], ['indeterminate', false, false])
})

test('the resolver inquires and reports, unless it is switched off', async () => {
  // After a bare 403 the debit is due at once.
  server.debit = () => ({ http: 403, text: 'Forbidden' })
  const asleep = open({ resolver: false })
  await transfer('REF-1', undefined, asleep)
  const awake = open()
  const outcome = next(awake, 'outcome')
  const resolved = next(awake, 'resolved')
  assert.equal((await transfer('REF-2', undefined, awake)).outcome, 'indeterminate')
  assert.deepEqual(await news(outcome), { kind: 'outcome', ...key('REF-2'), outcome: 'indeterminate' })
  assert.deepEqual(await news(resolved), { kind: 'resolved', ...key('REF-2'), outcome: 'settled', tid: '12971397' })
  assert.deepEqual(server.inquiries, ['REF-2'])
  await asleep.close()
  await awake.close()
})

test('a restarted process resolves what the last one left', async () => {
  server.debit = () => ({ http: 403, text: 'Forbidden' })
  const path = journal()
  const first = open({ journal: path, resolver: false })
  await transfer('REF-1', undefined, first)
  await first.close()
  const second = open({ journal: path })
  assert.equal((await next(second, 'resolved')).reference, 'REF-1')
  await second.close()
})

test('keys are rotated while a debit is open', async () => {
  server.debit = () => 'close'
  const path = journal()
  const old = open({ journal: path, resolver: false })
  await transfer('REF-1', undefined, old)
  const renewed = { developerKey: 'canary-developer-key-new', accessKey: 'canary-access-key-new' }
  const next = open({ ...renewed, journal: path, resolver: false })
  await old.close()
  await assert.rejects(transfer('REF-1', undefined, next), { code: 'reference_used' })
  assert.equal((await next.resolve(key('REF-1'))).outcome, 'settled')
  await next.close()
})

test('two test servers share no journal by accident', async (t) => {
  const reference = `REF-${Date.now()}`
  const other = await bank()
  t.after(() => other.close())
  for (const { baseUrl } of [server, other]) {
    const own = open({ baseUrl, journal: undefined, resolver: false })
    assert.equal((await transfer(reference, undefined, own)).outcome, 'settled')
    await assert.rejects(transfer(reference, undefined, own), { code: 'reference_used' })
    await own.close()
  }
  assert.deepEqual([server.debits.length, other.debits.length], [1, 1])
})

test('an answer that contradicts raises an alarm', async () => {
  const alarm = next(eko, 'alarm')
  server.debit = () => transaction('REF-2')
  const { contradiction } = await transfer('REF-1')
  assert.match(contradiction, /clientRefId/)
  assert.deepEqual(await news(alarm), {
    kind: 'alarm',
    ...key('REF-1'),
    outcome: 'indeterminate',
    reason: 'contradiction',
    detail: contradiction,
  })
})

const late = [
  // A contradiction does not end the debit. EPS is asked about the tid that it named first.
  [
    'names another tid than an inquiry did',
    { tid: '77', tx_status: '2' },
    {},
    'duplicateObserved',
    ['pending', 'indeterminate'],
  ],
  // A final outcome stays.
  ['names another end than an inquiry did', {}, { tx_status: '1' }, 'stateChanged', ['settled', 'settled']],
]
for (const [name, found, answered, reason, [known, told]] of late) {
  test(`a late answer that ${name} raises an alarm`, async () => {
    const alarm = next(eko, 'alarm')
    server.inquiry = () => transaction('REF-1', found)
    let answer
    server.debit = () => ({ later: new Promise((resolve) => (answer = resolve)) })
    const debit = transfer('REF-1')
    await server.arrived(1)
    assert.equal((await eko.resolve(key('REF-1'))).outcome, known)
    answer(transaction('REF-1', answered))
    const result = await debit
    const tid = found.tid ?? '12971397'
    assert.deepEqual([result.outcome, result.tid], [told, tid])
    const { detail, ...said } = await news(alarm)
    assert.deepEqual(said, { kind: 'alarm', ...key('REF-1'), outcome: told, tid, reason })
    assert.match(detail, /./)
    const [kept] = await eko.alarms().toArray()
    assert.deepEqual([kept.reason, kept.detail, kept.reference], [reason, detail, 'REF-1'])
    assert.equal((await eko.resolve(key('REF-1'))).outcome, known)
  })
}

test('a listener that was removed hears nothing, and is checked', async () => {
  const heard = []
  const off = eko.on('outcome', (event) => heard.push(event.reference))
  const last = new Promise((resolve) => eko.on('outcome', (event) => event.reference === 'REF-2' && resolve()))
  await transfer('REF-1')
  while (heard.length === 0) await new Promise(setImmediate)
  off()
  await transfer('REF-2')
  await last
  assert.deepEqual(heard, ['REF-1'])
  assert.throws(() => eko.on('settled', () => {}), { code: 'invalid_params' })
  assert.throws(() => eko.on('outcome'), { code: 'invalid_params' })
})

test('a failing listener is reported and harms no other listener', async () => {
  const listeners = fileURLToPath(new URL('./support/listeners.mjs', import.meta.url))
  const { stdout, stderr } = await node([listeners, server.baseUrl, journal()])
  assert.equal(stdout || stderr, 'rejects: uncaughtException; settled; throws: uncaughtException')
})

test('the reason of an abort is the cause of the error', async () => {
  server.debit = () => 'silence'
  for (const call of [
    (options) =>
      transfer('REF-1', options).then(
        ({ error }) => error,
        (error) => error,
      ),
    (options) => eko.getTransaction({ tid: '77' }, options).catch((error) => error),
  ]) {
    const controller = new AbortController()
    const reason = new Error('the customer has left')
    controller.abort(reason)
    const error = await call({ signal: controller.signal })
    assert.equal(error.code, 'aborted')
    assert.equal(error.cause, reason)
    assert.doesNotMatch(JSON.stringify(error), /customer has left/)
  }
})

test('the cause of a failed call is what the system said', async () => {
  const client = open({ baseUrl: 'http://127.0.0.1:1/ekoapi/v3', journal: undefined })
  const error = await client.getTransaction({ tid: '77' }, { deadlineMs: 2000 }).catch((error) => error)
  await client.close()
  assert.equal(error.code, 'network.refused')
  assert.match(error.cause.message, /refused/i)
})

test('an abort does not cancel money', async () => {
  server.debit = () => 'silence'
  const controller = new AbortController()
  const debit = transfer('REF-1', { signal: controller.signal })
  await server.arrived(1)
  controller.abort()
  const result = await debit
  assert.deepEqual([result.outcome, result.error.code], ['indeterminate', 'aborted'])
  assert.equal(result.evidence.phase, 'fullyWritten')
  // The caller's own reference was not looked up, so it may have been used. A generated reference is new.
  const aborted = { code: 'aborted', clientRefId: 'REF-2', maybeSent: false, sentByThisCall: false }
  await assert.rejects(transfer('REF-2', { signal: AbortSignal.abort() }), aborted)
  const early = await transfer(undefined, { signal: AbortSignal.abort() })
  assert.deepEqual([early.outcome, early.reusable, server.debits.length], ['notSent', true, 1])
})

test('a signal whose reason throws loses no outcome', async () => {
  server.debit = () => 'silence'
  const controller = new AbortController()
  const { signal } = controller
  const own = {
    addEventListener: (type, listener) => signal.addEventListener(type, listener),
    removeEventListener: (type, listener) => signal.removeEventListener(type, listener),
    get aborted() {
      return signal.aborted
    },
    get reason() {
      throw new Error('no reason')
    },
  }
  const debit = transfer('REF-1', { signal: own })
  await server.arrived(1)
  controller.abort()
  const { outcome, error } = await debit
  assert.deepEqual([outcome, error.code, error.cause], ['indeterminate', 'aborted', undefined])
})

test('a deadline does not turn into "failed"', async () => {
  server.debit = () => 'silence'
  const result = await transfer('REF-1', { deadlineMs: 100 })
  assert.deepEqual([result.outcome, result.error.code], ['indeterminate', 'timeout.deadline'])
})

test('a refund is known by its tid', async () => {
  const data = { refund_tid: '21', amount: '100', refunded_amount: '110.0', tid: '13192443' }
  server.debit = () => ({ status: 0, response_status_id: 0, response_type_id: 74, message: 'Refund done', data })
  const result = await eko.refund({ tid: '13192443', otp: '004217', otpRefId: 'x' })
  assert.deepEqual([result.outcome, result.clientRefId, result.refundedAmount], ['refunded', '13192443', '110'])
  await assert.rejects(eko.refund({ tid: '13192443', otp: '1234', otpRefId: 'x' }), { code: 'reference_used' })
  assert.equal(server.debits.length, 1)
})

test('no journal, no debit', async () => {
  const lost = open({ journal: '/proc/none/journal' })
  await assert.rejects(transfer('REF-1', undefined, lost), {
    code: 'journal.unavailable',
    clientRefId: 'REF-1',
    sentByThisCall: false,
    retryable: true,
  })
  const result = await transfer(undefined, undefined, lost)
  await lost.close()
  assert.deepEqual([result.outcome, result.reusable, result.error.code], ['notSent', true, 'journal.unavailable'])
  assert.equal(await eko.acknowledge(result), false, 'nothing was reserved')
  const production = new EkoClient({ ...KEYS, environment: 'production' })
  await assert.rejects(transfer('REF-1', undefined, production), { code: 'journal.missing' })
  await production.close()
  assert.equal(server.debits.length, 0)
})

test('switched off by naming the risk: nothing is known afterwards', async () => {
  const off = open({ journal: { off: 'a-debit-may-leave-twice' } })
  assert.equal((await transfer('REF-1', undefined, off)).outcome, 'settled')
  await assert.rejects(off.unresolved().toArray(), { code: 'journal.missing' })
  await off.close()
})

test('what is asked of the journal is checked', async () => {
  await assert.rejects(eko.resolve({ op: 'dmt.transfer' }), { code: 'invalid_params' })
  await assert.rejects(eko.resolve(key('nobody')), { code: 'not_found' })
  await assert.rejects(eko.prune({}), { code: 'invalid_params' })
  assert.equal(await eko.acknowledge({ ...key('nobody'), reservationId: 'x', revision: 1 }), false)
  assert.deepEqual(await eko.alarms().toArray(), [])
})

test('no other way lets a debit through', async () => {
  assert.throws(() => eko.prepare('dmt.transfer', TRANSFER), { code: 'unknown_call' })
  await assert.rejects(eko.dmt.transfer({ ...TRANSFER, amount: '1e3' }), { code: 'invalid_params' })
  assert.equal(server.debits.length, 0)
})

test('close waits for a debit under way; later ones reject', async () => {
  const debit = transfer('REF-1')
  let outcome
  debit.then((result) => {
    outcome = result.outcome
  })
  await eko.close()
  assert.equal(outcome, 'settled')
  await assert.rejects(transfer('REF-2'), { code: 'closed' })
  await assert.rejects(eko.unresolved().toArray(), { code: 'closed' })
  assert.throws(() => eko.on('outcome', () => {}), { code: 'closed' })
})

test('journal and output contain no secrets or personal data', async () => {
  const path = journal()
  const own = open({ journal: path, resolver: false })
  // A server that repeats the secrets that it got.
  server.debit = () => {
    const { body, headers } = server.debits.at(-1)
    return { status: 302, message: `wrong ${body.otp} ${headers.developer_key} ${headers['secret-key']}` }
  }
  const declined = await transfer('REF-1', undefined, own)
  server.debit = () => 'close'
  const lost = await transfer('REF-2', undefined, own)
  const signature = server.debits.at(-1).headers['secret-key']
  const secrets = [TRANSFER.otp, TRANSFER.customerId, TRANSFER.otpRefId, KEYS.developerKey, KEYS.accessKey, signature]
  const views = [declined, lost].flatMap((value) => [
    inspect(value, { showHidden: false, depth: Infinity }),
    JSON.stringify(value),
    JSON.stringify(structuredClone(value)),
    String(value.error.stack),
  ])
  await own.close()
  // Files beside an open journal may be removed while it is closed, perhaps at this moment.
  const read = (name) => {
    try {
      return readFileSync(join(folder, name), 'latin1')
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
      return ''
    }
  }
  const files = readdirSync(folder).filter((name) => join(folder, name).startsWith(path))
  assert.ok(files.length > 0)
  const stored = files.map(read).join('')
  assert.ok(stored.includes('REF-1'))
  for (const secret of [...secrets, TRANSFER.recipientId]) {
    assert.ok(!stored.includes(secret), `the journal holds ${secret}`)
    for (const view of views) assert.ok(!view.includes(secret), `${secret} in ${view}`)
  }
  assert.ok(declined.error instanceof EkoError)
})
