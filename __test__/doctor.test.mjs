// Tests of the signature doctor: it names every recorded mistake, and reports none in a right signature. The tests in
// mistakes/ do the same with random keys.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { diagnose } from 'eko-eps/doctor'
import { caseOf, generator, MISTAKES, rightFor } from './mistakes/mistakes.mjs'

const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'))
const SEED = Number(process.env.DOCTOR_SEED ?? 20261122)

/** Code of each recorded mistake, by the words of its record. */
const RECORDED = {
  'key used raw, not base64 encoded': 'key_raw',
  'timestamp in seconds': 'timestamp_seconds',
  'hex digest instead of base64': 'output_hex',
  'key and message swapped': 'swapped',
  'request_hash without the timestamp': 'hash_without_timestamp',
}

const named = ({ findings }) => findings.map(({ code, about }) => `${about}: ${code}`)

for (const { accessKey, timestamp, secretKey, source } of vectors.secretKey) {
  test(`accepts the secret-key of ${timestamp} (${source})`, () => {
    const { ok, expected, findings } = diagnose({ accessKey, timestamp, secretKey })
    assert.deepEqual({ ok, findings }, { ok: true, findings: [] })
    assert.deepEqual(expected, { timestamp: String(timestamp), secretKey })
  })
}

for (const { accessKey, timestamp, values, requestHash, secretKey, product } of vectors.requestHash) {
  test(`accepts the request hash of ${product} at ${timestamp}`, () => {
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

test('the documentation lists every code, and each is made here', () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
  const union = /type MistakeCode =([^/]*)\n\n/.exec(read('../js/doctor/doctor-types.ts'))[1]
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code).sort()
  const listed = [...read('../docs/guides/doctor.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code).sort()
  assert.ok(codes.length > 60)
  assert.deepEqual(listed, codes)
  assert.deepEqual([...new Set([...MISTAKES.map(({ code }) => code), 'unknown'])].sort(), codes)
})

test('is bundled apart from the signer and uses no Node modules', () => {
  const dist = (path) => readFileSync(new URL(`../dist/${path}`, import.meta.url), 'utf8')
  for (const name of ['doctor/doctor.mjs', 'doctor/doctor.cjs']) {
    const text = dist(name)
    const needed = [...text.matchAll(/(?:\bfrom|require\()\s*"([^"]+)"/g)].map(([, module]) => module)
    assert.deepEqual([...new Set(needed)], ['eko-eps/signer'])
    assert.doesNotMatch(text, /AGFzbQ|node:/)
    assert.match(text, /Copyright \(c\) \d+ Paul Miller/)
  }
  for (const name of ['inline.mjs', 'signer.cjs', 'workerd.mjs', 'edge-light.mjs', 'webcrypto.mjs', 'webcrypto.cjs'])
    assert.doesNotMatch(dist(`signer/${name}`), /key_raw|Paul Miller/)
})

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
