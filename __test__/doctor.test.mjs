// The signature doctor: it names every recorded mistake, and each mistake over 1,000 random keys; it finds nothing wrong
// with what is right, and repeats no key.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { diagnose } from 'eko-eps/doctor'
import { caseOf, generator, MISTAKES, rightFor } from './doctor/mistakes.mjs'

const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'))
const SEED = Number(process.env.DOCTOR_SEED ?? 20261122)
const KEYS = 1000

/** The recorded mistakes, by the words they are recorded in. */
const RECORDED = {
  'key used raw, not base64 encoded': 'key_raw',
  'timestamp in seconds': 'timestamp_seconds',
  'hex digest instead of base64': 'output_hex',
  'key and message swapped': 'swapped',
  'request_hash without the timestamp': 'hash_without_timestamp',
}

const named = ({ findings }) => findings.map(({ code, about }) => `${about}: ${code}`)

for (const { accessKey, timestamp, secretKey, source } of vectors.secretKey) {
  test(`finds nothing wrong with the secret-key of ${timestamp} (${source})`, () => {
    const { ok, expected, findings } = diagnose({ accessKey, timestamp, secretKey })
    assert.deepEqual({ ok, findings }, { ok: true, findings: [] })
    assert.deepEqual(expected, { timestamp: String(timestamp), secretKey })
  })
}

for (const { accessKey, timestamp, values, requestHash, secretKey, product } of vectors.requestHash) {
  test(`finds nothing wrong with the request hash of ${product} at ${timestamp}`, () => {
    const asked = {
      accessKey,
      timestamp: String(timestamp),
      secretKey,
      requestHash: { value: requestHash, parts: values },
    }
    const { ok, expected, findings } = diagnose({ ...asked, now: timestamp + 119_000 })
    assert.deepEqual({ ok, findings }, { ok: true, findings: [] })
    assert.deepEqual(expected, { timestamp: String(timestamp), secretKey, requestHash })
  })
}

test('every recorded mistake has its name', () => {
  assert.deepEqual(vectors.mistakes.map(({ mistake }) => mistake).sort(), Object.keys(RECORDED).sort())
})

for (const { mistake, accessKey, timestamp, wrong } of vectors.mistakes) {
  test(`names the recorded mistake: ${mistake}`, () => {
    const parts = ['151627591', '50', '20810200']
    const value = /request_hash/.test(mistake) ? { requestHash: { value: wrong, parts } } : { secretKey: wrong }
    const { ok, findings, expected } = diagnose({ accessKey, timestamp, ...value })
    assert.equal(ok, false)
    assert.deepEqual(
      findings.map(({ code }) => code),
      [RECORDED[mistake]],
    )
    assert.match(expected.secretKey, /^[A-Za-z0-9+/]{43}=$/)
    for (const text of Object.values(findings[0])) assert.ok(text.length > 0)
  })
}

/** Nothing of the key may come out, in any form that could be used. */
function assertSilent(diagnosis, { key, developerKey }) {
  const text = JSON.stringify(diagnosis)
  for (const secret of [key, Buffer.from(key).toString('base64'), Buffer.from(key).toString('hex'), developerKey])
    assert.ok(!text.includes(JSON.stringify(secret).slice(1, -1)), 'a key is repeated')
}

/** The ways to make each mistake, by what it is about. */
const ways = new Map()
for (const way of MISTAKES) {
  const name = `${way.about}: ${way.code}`
  ways.set(name, [...(ways.get(name) ?? []), way])
}

let cases = 0
for (const [index, [name, makers]] of [...ways].entries()) {
  test(`${KEYS} random keys: ${name}, made in ${makers.length} ways`, () => {
    const random = generator(SEED + index)
    let seen = 0
    // A mistake that changes nothing, such as padding lost where there is none, must not be one.
    for (let round = 0; seen < KEYS && round < 50 * KEYS; round += 1) {
      const { make, shape } = makers[round % makers.length]
      const at = caseOf(random, shape)
      const right = rightFor(at)
      const specimen = { accessKey: at.key, developerKey: at.developerKey, timestamp: at.stamp, ...make(at) }
      const harmless =
        specimen.timestamp === at.stamp &&
        specimen.accessKey === at.key &&
        specimen.now === undefined &&
        specimen.usedTimestamps === undefined &&
        (specimen.secretKey ?? right.secretKey) === right.secretKey &&
        (specimen.requestHash?.value ?? right.requestHash) === right.requestHash
      const diagnosis = diagnose(specimen)
      assertSilent(diagnosis, at)
      const expected = harmless ? [] : [name]
      assert.deepEqual(named(diagnosis), expected, `seed ${SEED + index}, round ${round}: ${JSON.stringify(specimen)}`)
      if (!harmless) seen += 1
    }
    assert.equal(seen, KEYS)
    cases += seen
  })
}

test('what no known mistake makes is called unknown', () => {
  const random = generator(SEED - 2)
  for (let round = 0; round < 10; round += 1) {
    const at = caseOf(random)
    for (const secretKey of [rightFor(caseOf(random)).secretKey, 'nonsense', '????', 'x'.repeat(10_000)]) {
      const diagnosis = diagnose({ accessKey: at.key, timestamp: at.stamp, secretKey })
      assert.deepEqual(named(diagnosis), ['secret-key: unknown'])
      assert.equal(diagnosis.expected.secretKey, rightFor(at).secretKey)
    }
  }
})

test('several mistakes at once are named together', () => {
  const random = generator(SEED - 3)
  const { createHmac } = crypto
  const base64 = (text) => Buffer.from(text).toString('base64')
  const hmac = (key, message) => createHmac('sha256', key).update(message).digest()
  const cases = {
    'access_key: key_raw, secret-key: output_hex': (key, stamp) => ({ secretKey: hmac(key, stamp).toString('hex') }),
    'timestamp: timestamp_seconds, access_key: key_raw': (key, stamp) => ({
      timestamp: stamp.slice(0, 10),
      secretKey: hmac(key, stamp.slice(0, 10)).toString('base64'),
    }),
    'access_key: key_raw, secret-key: message_seconds, secret-key: output_hex': (key, stamp) => ({
      secretKey: hmac(key, stamp.slice(0, 10)).toString('hex'),
    }),
    'access_key: key_raw, request_hash: hash_without_timestamp': (key, stamp, parts) => ({
      secretKey: hmac(key, stamp).toString('base64'),
      requestHash: { parts, value: hmac(key, parts.join('')).toString('base64') },
    }),
    'timestamp: timestamp_stale, secret-key: output_whitespace': (key, stamp) => ({
      now: Number(stamp) + 200_000,
      secretKey: `${hmac(base64(key), stamp).toString('base64')}\r\n`,
    }),
    'secret-key: output_quoted, secret-key: output_url_encoded': (key, stamp) => ({
      secretKey: `"${encodeURIComponent(hmac(base64(key), stamp).toString('base64'))}"`,
    }),
  }
  for (const [names, make] of Object.entries(cases)) {
    for (let round = 0; round < 20; round += 1) {
      const { key, stamp, parts } = caseOf(random, 'uuid')
      const diagnosis = diagnose({ accessKey: key, timestamp: stamp, ...make(key, stamp, parts) })
      assert.equal(named(diagnosis).join(', '), names)
    }
  }
})

test('what has the wrong type is refused, without repeating it', () => {
  const good = { accessKey: 'canary', timestamp: '1700000000000' }
  for (const bad of [
    ...[undefined, null, 'text', {}, { accessKey: 'canary' }, { ...good, accessKey: 5 }, { ...good, timestamp: null }],
    ...[
      { ...good, secretKey: 5 },
      { ...good, developerKey: 5 },
      { ...good, now: '1' },
      { ...good, usedTimestamps: '1' },
    ],
    ...[
      { ...good, requestHash: {} },
      { ...good, requestHash: { parts: [50] } },
      { ...good, requestHash: null },
    ],
  ])
    assert.throws(() => diagnose(bad), { name: 'TypeError', message: /^diagnose: (?!.*canary)/ })
})

test('without anything to judge it gives the right values', () => {
  const { accessKey, timestamp, values, requestHash, secretKey } = vectors.requestHash[0]
  const { ok, expected } = diagnose({ accessKey, timestamp, requestHash: { parts: values } })
  assert.deepEqual({ ok, expected }, { ok: true, expected: { timestamp: String(timestamp), secretKey, requestHash } })
})

test(`${KEYS} random keys: nothing is wrong with what is right`, () => {
  const random = generator(SEED - 1)
  for (let round = 0; round < KEYS; round += 1) {
    const at = caseOf(random)
    const { secretKey, requestHash } = rightFor(at)
    const specimen = { accessKey: at.key, developerKey: at.developerKey, timestamp: at.stamp, secretKey }
    const whole = {
      ...specimen,
      requestHash: { value: requestHash, parts: at.parts },
      now: Number(at.stamp) + random(120_000),
    }
    const { ok, expected } = diagnose(whole)
    assert.ok(ok, JSON.stringify(whole))
    assert.deepEqual(expected, { timestamp: at.stamp, secretKey, requestHash })
  }
  console.log(`seed ${SEED}: ${cases} wrong signatures named, ${KEYS} right ones cleared`)
})
