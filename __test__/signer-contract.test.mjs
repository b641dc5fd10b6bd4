// Tests that the native signer, the wasm signer and the WebCrypto signer behave alike: the same results, limits, errors
// and messages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EkoError, Signer as Native } from 'eko-eps'
import { Signer as Portable } from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'

const NOW = 1_700_000_000_000
const KEY = 'canary-access-key-3f1b'

const OPTION = (name) => `${name} is not an option: give { accessKey, developerKey, lane, silenceBrowserWarning }`
const ACCESS = 'accessKey must be text, 1 to 6144 characters, no lone surrogates: give it as EPS issued it'
const DEVELOPER =
  'developerKey must be text, 1 to 6144 characters of visible ASCII without spaces or quotes: give it as EPS issued it'
const LANE = 'lane must be { index, of }: `of` from 1 to 32 machines, `index` from 0 to of - 1'
const TIMESTAMP =
  'timestamp must be milliseconds since 1970, an integer of 13 digits (10 digits are seconds): use Date.now()'
const VALUES = "values must be a list of text, 6144 characters in all, exactly as in the body: '50' and '50.0' differ"

const show = (value) =>
  typeof value === 'string' && value.length > 40 ? `${value.length} characters` : (JSON.stringify(value) ?? `${value}`)

const config = (options, message, name = show(options)) => ({
  name: `options ${name}`,
  work: (Signer) => new Signer(options),
  error: { name: 'EkoValidationError', code: 'invalid_config', message },
})
const params = (name, work, message) => ({
  name,
  work: (Signer) => work(new Signer({ accessKey: KEY })),
  error: { name: 'EkoValidationError', code: 'invalid_params', message },
})

const BAD_LANES = [
  ...[null, 5, '', [], {}, { index: 0 }, { of: 2 }, { index: 2, of: 2 }, { index: -1, of: 2 }, { index: 0, of: 33 }],
  ...[
    { index: 0, of: 0 },
    { index: 0.5, of: 2 },
    { index: '0', of: 2 },
    { index: 0, of: 2, more: 1 },
  ],
]
const NO_KEY = [undefined, null, '', 5, true, {}, [], ['k'], Symbol.iterator]
const BAD_KEYS = ['half \ud83d', '\udd11 half', 'x'.repeat(6145), '🔑'.repeat(6145)]
const BAD_DEVELOPER_KEYS = [null, '', 5, {}, ' ', 'a b', ' lead', 'trail ', 'a\r\nx: y', 'a\n', 'é', 'schlüssel', 'a\0']
const BAD_TIMESTAMPS = [
  ...[1_700_000_000, 1e12 - 1, 1e13, 1e16, 0, -0, -NOW, NOW + 0.5, Number.NaN, Infinity, -Infinity, 2 ** 53],
  ...['1700000000000', '', null, undefined, {}, [NOW], true, new Date(NOW)],
]
const BAD_VALUES = [
  ...[undefined, null, 'abc', 50, {}, { length: 0 }, new Set(['50']), ['50', 50], [null], [undefined], [['50']]],
  ...[['half \ud83d'], ['\ud83d', '\udd11'], ['x'.repeat(6145)], ['x'.repeat(6144), 'y']],
]

const CASES = [
  ...[undefined, null, 5, true, '', Symbol.iterator, () => KEY, new Map([['accessKey', KEY]])].map((options) =>
    config(options, ACCESS, String(options)),
  ),
  ...NO_KEY.map((accessKey) => config({ accessKey }, ACCESS, `accessKey ${String(accessKey)}`)),
  ...BAD_KEYS.map((accessKey) => config({ accessKey }, ACCESS, `accessKey ${show(accessKey)}`)),
  ...[...BAD_DEVELOPER_KEYS, 'x'.repeat(6145)].map((developerKey) =>
    config({ accessKey: KEY, developerKey }, DEVELOPER, `developerKey ${show(developerKey)}`),
  ),
  ...BAD_LANES.map((lane) => config({ accessKey: KEY, lane }, LANE, `lane ${show(lane)}`)),
  config({ accessKey: '', developerKey: '' }, ACCESS),
  config({ accesskey: KEY }, OPTION('accesskey')),
  config({ acessKey: KEY }, OPTION('acessKey')),
  config({ access_key: KEY, developer_key: 'd' }, OPTION('access_key')),
  config({ accessKey: KEY, developerkey: undefined }, OPTION('developerkey')),
  config({ accessKey: KEY, timeout: 1 }, OPTION('timeout')),
  config({ accessKey: '', environment: 'uat' }, OPTION('environment')),
  config(KEY, OPTION('0'), 'a key instead of options'),
  config([KEY], OPTION('0'), 'a list'),
  ...BAD_TIMESTAMPS.flatMap((timestamp) => [
    params(`sign(${typeof timestamp} ${String(timestamp)})`, (signer) => signer.sign(timestamp), TIMESTAMP),
    params(
      `requestHash(${typeof timestamp} ${String(timestamp)})`,
      (signer) => signer.requestHash(timestamp, []),
      TIMESTAMP,
    ),
  ]),
  ...BAD_VALUES.map((values, index) =>
    params(`values ${index}: ${show(values)}`, (signer) => signer.requestHash(NOW, values), VALUES),
  ),
  params('values with a hole', (signer) => signer.requestHash(NOW, new Array(2)), VALUES),
  params('a bad timestamp and bad values', (signer) => signer.requestHash(1, [1]), TIMESTAMP),
]

/** Returns the error that a function throws or rejects with. */
async function refusal(work, Signer) {
  try {
    await work(Signer)
  } catch (error) {
    assert.ok(error instanceof Error)
    for (const text of [error.message, JSON.stringify(error), error.stack]) assert.ok(!text.includes(KEY))
    return { error, said: { name: error.name, code: error.code, message: error.message } }
  }
  throw new Error('it was accepted')
}

for (const { name, work, error: expected } of CASES) {
  test(`refused alike: ${name}`, async () => {
    for (const Signer of [Native, Portable, WebCryptoSigner]) {
      const { said } = await refusal(work, Signer)
      assert.deepEqual(said, expected, Signer.name)
    }
    const { error } = await refusal(work, Native)
    assert.ok(error instanceof EkoError)
    if (expected.code === 'invalid_params') {
      const [[parameter, rule]] = Object.entries(error.invalidParams)
      assert.equal(`${parameter} ${rule}`, expected.message)
    }
  })
}

const GOOD_KEYS = [
  'k',
  KEY,
  '🔑'.repeat(6144),
  'x'.repeat(6144),
  'ключ',
  '鍵',
  ...[63, 64, 65].map((n) => 'k'.repeat(n)),
]
const GOOD_VALUES = [[], [''], ['151627591', '50', '20810200'], ['🔑'.repeat(3000), 'x'.repeat(3144)], ['a'.repeat(64)]]

for (const accessKey of GOOD_KEYS) {
  test(`signed alike: ${show(accessKey)}`, async () => {
    const signers = [Native, Portable, WebCryptoSigner].map((Signer) => new Signer({ accessKey, developerKey: 'd' }))
    for (const timestamp of [1e12, NOW, 1e13 - 1]) {
      const [native, ...others] = await Promise.all(signers.map((signer) => signer.sign(timestamp)))
      assert.match(native, /^[A-Za-z0-9+/]{43}=$/)
      assert.deepEqual(others, [native, native])
      for (const values of GOOD_VALUES) {
        const hashes = await Promise.all(signers.map((signer) => signer.requestHash(timestamp, values)))
        assert.equal(new Set(hashes).size, 1)
      }
    }
  })
}

test('all signers refuse a burst with the same error', async () => {
  const said = []
  for (const Signer of [Native, Portable]) {
    const signer = new Signer({ accessKey: 'k', developerKey: 'contract-burst-Signer' })
    const burst = () => {
      for (let round = 0; round < 500_000; round += 1) signer.headers()
    }
    said.push((await refusal(burst, Signer)).said)
  }
  // This signer is asynchronous. Its clock is the wasm signer's, which is used up except for the moments since then.
  const asynchronous = new WebCryptoSigner({ accessKey: 'k', developerKey: 'contract-burst-Signer' })
  const more = () => Promise.all(Array.from({ length: 5_000 }, () => asynchronous.headers()))
  said.push((await refusal(more)).said)
  for (const one of said) one.message = one.message.replace(/wait \d+ ms/, 'wait N ms')
  assert.deepEqual(said[1], said[0])
  assert.deepEqual(said[2], said[0])
  assert.equal(said[0].message, 'all timestamps of the next minute are used: wait N ms and send fewer requests at once')
})

test('all signers give the same header names, order and masks', async () => {
  const shapes = []
  for (const Signer of [Native, Portable, WebCryptoSigner]) {
    for (const developerKey of ['d', undefined]) {
      const signer = new Signer({ accessKey: KEY, developerKey, silenceBrowserWarning: true })
      const headers = await signer.headers()
      assert.equal(headers['secret-key'], await signer.sign(Number(headers['secret-key-timestamp'])))
      const shown = JSON.stringify(headers).replace(headers['secret-key-timestamp'], 'N')
      shapes.push(`${developerKey} ${Object.keys(headers)} ${shown}`)
    }
  }
  assert.equal(new Set(shapes).size, 2, shapes.join('\n'))
})

for (const [index, of] of [
  [1, 3],
  [31, 32],
  [0, 1],
]) {
  test(`lane ${index} of ${of} signs only its share, none twice`, async () => {
    for (const Signer of [Native, Portable, WebCryptoSigner]) {
      const signer = new Signer({ accessKey: KEY, developerKey: `lane-${index}-${of}`, lane: { index, of } })
      const stamps = []
      for (let count = 0; count < 300; count++) stamps.push(Number((await signer.headers())['secret-key-timestamp']))
      assert.deepEqual([...new Set(stamps.map((stamp) => (stamp % 32) % of))], [index], Signer.name)
      assert.equal(new Set(stamps).size, 300, Signer.name)
    }
  })
}
