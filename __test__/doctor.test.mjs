// The signature doctor: it names every recorded mistake, and each mistake over 1,000 random keys; it finds nothing wrong
// with what is right, and repeats no key.
import assert from 'node:assert/strict'
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

let cases = 0
for (const [index, { code, about, make, shape, dear }] of MISTAKES.entries()) {
  test(`${KEYS} random keys, mistake ${index + 1} of ${MISTAKES.length}: ${code}`, () => {
    const random = generator(SEED + index)
    // What needs a wide search is tried as often, on cases that need little of it.
    const wanted = dear && code === 'unknown' ? 20 : KEYS
    let seen = 0
    // A mistake that changes nothing, such as padding lost where there is none, must not be one.
    for (let round = 0; seen < wanted && round < 50 * KEYS; round += 1) {
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
      const expected = harmless ? [] : [`${about}: ${code}`]
      assert.deepEqual(named(diagnosis), expected, `seed ${SEED + index}, round ${round}: ${JSON.stringify(specimen)}`)
      if (!harmless) seen += 1
    }
    assert.equal(seen, wanted)
    cases += seen
  })
}

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
