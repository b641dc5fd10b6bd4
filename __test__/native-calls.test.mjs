// Tests of calls from JavaScript to the native module, and of their answers.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { EkoClient, EkoTransportError, EkoValidationError } from 'eko-eps'
import { node } from './support/child.mjs'
import { customerOf, KEYS, otpRequired, serve } from './support/server.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CALLS = 10_000
let server
let client

before(async () => {
  server = await serve((request) => {
    const id = customerOf(request)
    return id === '9000000000' ? undefined : otpRequired(id)
  })
  client = new EkoClient({ ...KEYS, baseUrl: server.baseUrl })
})
after(async () => {
  await client.close()
  await server.close()
})

test('every answer of many calls in flight reaches its caller', async () => {
  const ids = Array.from({ length: CALLS }, (_, index) => String(9_100_000_000 + index))
  const results = await Promise.all(ids.map((customerId) => client.getCustomer({ customerId }, { deadlineMs: 60_000 })))
  for (const [index, result] of results.entries()) {
    assert.equal(result.outcome, 'otpRequired')
    assert.equal(result.otpRefId, ids[index])
  }
})

test('an aborted signal rejects the call before anything is sent', async () => {
  const before = server.requests.length
  const call = client.getCustomer({ customerId: '9111111111' }, { signal: AbortSignal.abort() })
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof EkoTransportError)
    assert.equal(error.code, 'aborted')
    assert.equal(error.maybeSent, false)
    return true
  })
  await client.getCustomer({ customerId: '9111111112' })
  assert.equal(server.requests.length, before + 1)
})

test('an abort in flight rejects at once with maybeSent', async () => {
  const before = server.requests.length
  const controller = new AbortController()
  const call = client.getCustomer({ customerId: '9000000000' }, { signal: controller.signal })
  const settled = call.catch((error) => error)
  while (server.requests.length === before) await new Promise(setImmediate)
  controller.abort()
  const error = await settled
  assert.equal(error.code, 'aborted')
  assert.equal(error.maybeSent, true)
})

test('a signal that outlives its calls keeps no listener', async () => {
  const { getEventListeners } = await import('node:events')
  const { signal } = new AbortController()
  await Promise.all(Array.from({ length: 20 }, () => client.getCustomer({ customerId: '9111111111' }, { signal })))
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('a signal that throws loses no answer', async () => {
  const program = `
    import { EkoClient } from 'eko-eps'
    let thrown = 0
    process.on('uncaughtException', () => thrown++)
    const client = new EkoClient(${JSON.stringify({ ...KEYS, baseUrl: server.baseUrl })})
    const signal = { aborted: false, addEventListener() {}, removeEventListener() { throw new Error('bad') } }
    const call = (options) => client.getCustomer({ customerId: '9111111111' }, options)
    const calls = Array.from({ length: 40 }, (_, index) => call(index % 2 ? { signal } : undefined))
    const got = await Promise.all(calls)
    await client.close()
    console.log(got.length, thrown > 0)`
  const { code, stdout, stderr } = await node(['--input-type=module', '-e', program], { cwd: ROOT })
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '40 true\n', stderr: '' })
})

test('a deadline ends a call that gets no answer', async () => {
  const started = performance.now()
  await assert.rejects(client.getCustomer({ customerId: '9000000000' }, { deadlineMs: 100 }), {
    code: 'timeout.deadline',
    maybeSent: true,
  })
  assert.ok(performance.now() - started >= 99)
})

test('a rejection leads back to who called', async () => {
  async function whoCalled() {
    await client.getCustomer({ customerId: '../x' })
  }
  await assert.rejects(whoCalled(), (error) => {
    assert.match(error.stack, /whoCalled/)
    return true
  })
})

test('close waits for what is under way; later calls reject', async () => {
  const own = new EkoClient({ ...KEYS, baseUrl: server.baseUrl })
  const call = own.getCustomer({ customerId: '9111111111' })
  let settled = false
  call.then(() => {
    settled = true
  })
  await own.close()
  assert.equal(settled, true)
  await own.close()
  const refused = (error) => error instanceof EkoValidationError && error.code === 'closed'
  await assert.rejects(own.getCustomer({ customerId: '9111111111' }), refused)
  assert.throws(() => own.prepare('getCustomer', { customerId: '9111111111' }), refused)
  assert.throws(() => own.interpret('getCustomer', { status: 200, body: '{}' }), refused)
})

test('await using closes', async () => {
  const own = new EkoClient({ ...KEYS, baseUrl: server.baseUrl })
  await own[Symbol.asyncDispose]()
  await assert.rejects(own.getCustomer({ customerId: '9111111111' }), { code: 'closed' })
})

test('prepare refuses unknown calls and names from the prototype', async () => {
  const anyClient = client
  for (const op of ['getCustomr', 'constructor', '__proto__', 'toString']) {
    assert.throws(() => anyClient.prepare(op, {}), { code: 'unknown_call' })
  }
  assert.throws(() => anyClient.prepare(undefined, {}), { code: 'unknown_call' })
  assert.throws(() => anyClient.prepare('getCustomr', {}), /Did you mean getCustomer\?/)
})

test('prepare and interpret work with another HTTP client', async () => {
  const request = client.prepare('getCustomer', { customerId: '9222222222' })
  const response = await fetch(request.url, { method: request.method, headers: { ...request.headers } })
  const outcome = client.interpret('getCustomer', {
    status: response.status,
    headers: response.headers,
    body: await response.text(),
  })
  assert.equal(outcome.outcome, 'otpRequired')
  assert.equal(outcome.otpRefId, '9222222222')
  assert.equal(typeof outcome.raw, 'string')
})

test('interpret takes headers in any form, refuses invalid answers', () => {
  const body = JSON.stringify(otpRequired('9222222222'))
  const forms = [undefined, {}, { date: 'x', via: ['a', 'b'], age: undefined }, new Headers({ a: 'b' }), [['a', 'b']]]
  for (const headers of forms) {
    assert.equal(client.interpret('getCustomer', { status: 200, headers, body }).outcome, 'otpRequired')
  }
  const wrong = [
    undefined,
    null,
    'x',
    {},
    { status: 20, body },
    { status: 200, body: {} },
    { status: 200, headers: 'x', body },
  ]
  for (const answer of wrong) assert.throws(() => client.interpret('getCustomer', answer), { code: 'invalid_params' })
})

const program = fileURLToPath(new URL('./support/exits.mjs', import.meta.url))

test('a process with a pending call waits for it and then exits', async () => {
  const { code, stdout, late } = await node([program, server.baseUrl, 'call'], { limit: 20_000 })
  assert.deepEqual({ code, stdout, late }, { code: 0, stdout: 'otpRequired', late: false })
})

test('a process with an idle client exits by itself', async () => {
  const { code, stdout, late } = await node([program, server.baseUrl, 'idle'], { limit: 20_000 })
  assert.deepEqual({ code, stdout, late }, { code: 0, stdout: '', late: false })
})
