// Tests of the published signatures, and of random keys against Node's own HMAC.
import assert from 'node:assert/strict'
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EkoRateLimitError, Signer } from 'eko-eps'

const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'))

function independent(accessKey, message) {
  return createHmac('sha256', Buffer.from(accessKey).toString('base64')).update(message).digest('base64')
}

for (const { accessKey, timestamp, secretKey, source } of vectors.secretKey) {
  test(`secret-key of ${timestamp} (${source})`, () => {
    assert.equal(new Signer({ accessKey }).sign(timestamp), secretKey)
  })
}

for (const { accessKey, timestamp, values, requestHash, product } of vectors.requestHash) {
  test(`request hash of ${product} at ${timestamp}`, () => {
    assert.equal(new Signer({ accessKey }).requestHash(timestamp, values), requestHash)
  })
}

test('random keys and timestamps agree with node:crypto', () => {
  const alphabets = ['abcdefghij0123456789-', 'äöü€漢字🔑', '!#$%~+/=']
  for (let round = 0; round < 500; round++) {
    const letters = [...alphabets[round % alphabets.length]]
    const accessKey = Array.from({ length: randomInt(1, 200) }, () => letters[randomInt(letters.length)]).join('')
    const timestamp = randomInt(1_000_000_000_000, 1_000_000_000_000 + 2 ** 40)
    const values = Array.from({ length: randomInt(0, 4) }, () => randomBytes(randomInt(0, 40)).toString('base64'))
    const signer = new Signer({ accessKey })
    assert.equal(signer.sign(timestamp), independent(accessKey, String(timestamp)))
    assert.equal(signer.requestHash(timestamp, values), independent(accessKey, [timestamp, ...values].join('')))
  }
})

test('signs headers for a unique timestamp close to now', () => {
  const accessKey = 'access-key-of-this-test'
  const signer = new Signer({ accessKey, developerKey: 'developer-key-of-this-test' })
  const seen = new Set()
  for (let round = 0; round < 1000; round++) {
    const headers = signer.headers()
    assert.deepEqual(Object.keys(headers), ['developer_key', 'secret-key', 'secret-key-timestamp'])
    const timestamp = headers['secret-key-timestamp']
    assert.equal(headers['secret-key'], independent(accessKey, timestamp))
    assert.match(timestamp, /^\d{13}$/)
    assert.ok(Math.abs(Number(timestamp) - Date.now()) < 60_000)
    assert.ok(!seen.has(timestamp))
    seen.add(timestamp)
  }
})

test('a signer without a developer key leaves its header out', () => {
  assert.deepEqual(Object.keys(new Signer({ accessKey: 'k' }).headers()), ['secret-key', 'secret-key-timestamp'])
})

test('two signers of one developer key share its timestamps', () => {
  const one = new Signer({ accessKey: 'a', developerKey: 'shared' })
  const two = new Signer({ accessKey: 'a', developerKey: 'shared' })
  const stamps = Array.from({ length: 200 }, (_, i) => (i % 2 ? one : two).headers()['secret-key-timestamp'])
  assert.equal(new Set(stamps).size, stamps.length)
})

test('refuses a burst over a minute ahead and gives retryAfterMs', () => {
  const signer = new Signer({ accessKey: 'a', developerKey: 'developer-key-of-the-burst' })
  const burst = () => {
    for (let round = 0; round < 500_000; round++) signer.headers()
  }
  assert.throws(burst, (error) => {
    assert.ok(error instanceof EkoRateLimitError)
    assert.equal(error.code, 'timestamp_exhausted')
    assert.ok(error.retryAfterMs >= 0 && error.retryAfterMs < 60_000)
    return true
  })
})

for (const bad of [
  1.5,
  Number.NaN,
  Infinity,
  -1_700_000_000_000,
  1_700_000_000,
  10 ** 13,
  '1700000000000',
  17n,
  null,
]) {
  test(`refuses the timestamp ${typeof bad} ${bad}`, () => {
    const signer = new Signer({ accessKey: 'k' })
    const isTimestampError = (error) =>
      error.code === 'invalid_params' && /13 digits/.test(error.invalidParams.timestamp)
    assert.throws(() => signer.sign(bad), isTimestampError)
    assert.throws(() => signer.requestHash(bad, []), isTimestampError)
  })
}

test('refuses values of a request hash that are not texts', () => {
  const signer = new Signer({ accessKey: 'k' })
  for (const values of [[1], 'text', undefined, [null]]) {
    assert.throws(() => signer.requestHash(1_700_000_000_000, values), { code: 'invalid_params' })
  }
})
