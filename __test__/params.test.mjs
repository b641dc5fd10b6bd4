// Tests of params: only plain values are accepted, and the error for each mistake names the param. Nothing is sent.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EkoClient, EkoValidationError } from 'eko-eps'
import { KEYS, serve } from './support/server.mjs'

let server
let client

before(async () => {
  server = await serve(() => ({ status: 0 }))
  client = new EkoClient({ ...KEYS, baseUrl: server.baseUrl })
})
after(async () => {
  await client.close()
  const sent = server.requests.length
  await server.close()
  assert.equal(sent, 0, 'something was sent')
})

const cyclic = { customerId: '9444444444', name: 'A', dob: '1990-01-01', residenceAddress: ['x'] }
cyclic.residenceAddress.push(cyclic.residenceAddress)
class Money {}

const cases = [
  ['a path', { customerId: '../x' }, 'customerId'],
  ['an escaped path', { customerId: '%2e%2e' }, 'customerId'],
  ['too few digits', { customerId: '94444' }, 'customerId'],
  ['too many digits', { customerId: '94444444440' }, 'customerId'],
  ['an object', { customerId: { toString: '9444444444' } }, 'customerId'],
  ['a line break', { customerId: '9444444444\r\nx: y' }, 'customerId'],
  ['a NUL', { customerId: '944444444\0' }, 'customerId'],
  ['a bigint', { customerId: 9444444444n }, 'customerId'],
  ['a function', { customerId: () => '9444444444' }, 'customerId'],
  ['a symbol', { customerId: Symbol('9444444444') }, 'customerId'],
  ['null', { customerId: null }, 'customerId'],
  ['NaN', { customerId: Number.NaN }, 'customerId'],
  ['a Date', { customerId: new Date(0) }, 'customerId'],
  ['an instance', { customerId: new Money() }, 'customerId'],
  ['a missing parameter', {}, 'customerId'],
  ['an undefined parameter', { customerId: undefined }, 'customerId'],
  ['an inherited parameter', Object.create({ customerId: '9444444444' }), undefined],
  ['an unknown parameter', { customerId: '9444444444', channel: '2' }, 'channel'],
  ['the wire name', { customer_id: '9444444444' }, 'customer_id'],
  ['constructor', { customerId: '9444444444', constructor: 'x' }, 'constructor'],
  ['__proto__', JSON.parse('{"customerId":"9444444444","__proto__":{"initiatorId":"1"}}'), '__proto__'],
]

for (const [name, params, parameter] of cases) {
  test(`getCustomer refuses ${name}`, async () => {
    await assert.rejects(client.getCustomer(params), (error) => {
      assert.ok(error instanceof EkoValidationError, String(error))
      assert.equal(error.code, 'invalid_params')
      assert.equal(error.maybeSent, false)
      if (parameter !== undefined) {
        assert.ok(Object.hasOwn(error.invalidParams, parameter), JSON.stringify(Object.entries(error.invalidParams)))
      }
      return true
    })
  })
}

test('onboardCustomer refuses a list that contains itself', async () => {
  await assert.rejects(client.onboardCustomer(cyclic), { code: 'invalid_params', message: /must not contain itself/ })
})

test('a hole and an undefined in a list are refused', async () => {
  for (const residenceAddress of [[undefined], new Array(1)]) {
    const params = { customerId: '9444444444', name: 'A', dob: '1990-01-01', residenceAddress }
    await assert.rejects(client.onboardCustomer(params), { code: 'invalid_params' })
  }
})

for (const params of [null, 'x', 7, [], new Map(), new Date(0)]) {
  test(`refuses params: ${Object.prototype.toString.call(params)}`, async () => {
    await assert.rejects(client.getCustomer(params), { code: 'invalid_params' })
  })
}

const good = { customerId: '9444444444' }
const options = [
  ['not an object', 'x'],
  ['an unknown name', { timeout: 5 }],
  ['a deadline of 0', { deadlineMs: 0 }],
  ['a deadline as text', { deadlineMs: '5' }],
  ['a signal that is none', { signal: {} }],
  ['a signal that is null', { signal: null }],
  ['a signal that removes no listener', { signal: { addEventListener() {} } }],
]
for (const [name, value] of options) {
  test(`call options: ${name}`, async () => {
    await assert.rejects(client.getCustomer(good, value), EkoValidationError)
  })
}
