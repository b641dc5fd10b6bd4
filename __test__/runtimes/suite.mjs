// Tests of the signer for every runtime. It imports nothing, because it is used unchanged in pages and workers.

const KEY = 'canary-access-key-91c4'
const DEVELOPER_KEY = 'canary-developer-key-55d0'
const NOW = 1_700_000_000_000

function equal(actual, expected, what = '') {
  if (actual !== expected)
    throw new Error(`${what}: got ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`)
}

function ok(value, what) {
  if (!value) throw new Error(what)
}

function thrown(work, what) {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error(`${what} was accepted`)
}

function refused(work, code, name, what) {
  const error = thrown(work, what)
  ok(error instanceof Error, `${what}: not an Error`)
  equal(error.code, code, what)
  equal(error.name, name, what)
  ok(error.message.length > 20, `${what}: no explanation`)
  return error
}

const invalid = (work, what) => refused(work, 'invalid_params', 'EkoValidationError', what)
const misconfigured = (work, what) => refused(work, 'invalid_config', 'EkoValidationError', what)

/** Returns the tests by name. `inspect` is the runtime's function to print a value. */
function tests({ Signer, vectors, inspect }) {
  const make = (options) => new Signer({ accessKey: KEY, silenceBrowserWarning: true, ...options })
  return {
    'every published secret-key': () => {
      ok(vectors.secretKey.length >= 8, 'too few vectors')
      for (const { accessKey, timestamp, secretKey } of vectors.secretKey) {
        equal(make({ accessKey }).sign(timestamp), secretKey, accessKey)
      }
    },
    'every request hash': () => {
      ok(vectors.requestHash.length >= 6, 'too few vectors')
      for (const { accessKey, timestamp, values, requestHash, secretKey } of vectors.requestHash) {
        const signer = make({ accessKey })
        equal(signer.requestHash(timestamp, values), requestHash, accessKey)
        equal(signer.sign(timestamp), secretKey, accessKey)
      }
    },
    'no mistake that others make': () => {
      ok(vectors.mistakes.length >= 5, 'too few mistakes')
      for (const { accessKey, timestamp, wrong } of vectors.mistakes) {
        if (timestamp >= 1e12) ok(make({ accessKey }).sign(timestamp) !== wrong, wrong)
      }
    },
    'keys of every length and script': () => {
      const seen = new Set()
      for (let length = 1; length <= 200; length += 1) seen.add(make({ accessKey: 'k'.repeat(length) }).sign(NOW))
      for (const accessKey of ['ключ', '鍵', '🔑', 'ß', 'é']) seen.add(make({ accessKey }).sign(NOW))
      equal(seen.size, 205, 'signatures')
      for (const signature of seen) ok(/^[A-Za-z0-9+/]{43}=$/.test(signature), signature)
    },
    'signers do not mix': () => {
      const [one, two] = [make({ accessKey: 'one' }), make({ accessKey: 'two' })]
      const first = one.sign(NOW)
      for (let round = 0; round < 100; round += 1) {
        ok(two.sign(NOW + round) !== first, 'two signs as one')
        equal(one.sign(NOW), first, 'one')
      }
      equal(one.requestHash(NOW, []), first, 'a hash of nothing but the timestamp')
    },
    'headers carry a fresh timestamp and its signature': () => {
      const signer = make({ developerKey: DEVELOPER_KEY })
      const headers = signer.headers()
      equal(Object.keys(headers).sort().join(), 'developer_key,secret-key,secret-key-timestamp')
      equal(headers.developer_key, DEVELOPER_KEY)
      ok(/^\d{13}$/.test(headers['secret-key-timestamp']), 'timestamp')
      ok(Math.abs(Number(headers['secret-key-timestamp']) - Date.now()) < 60_000, 'far from the clock')
      equal(headers['secret-key'], signer.sign(Number(headers['secret-key-timestamp'])))
      equal({ ...headers }['secret-key'], headers['secret-key'], 'spread')
      equal('developer_key' in make({}).headers(), false, 'without a developer key')
    },
    '5,000 headers over signers and keys, no timestamp twice for a key': () => {
      const signers = ['a', 'b'].flatMap((name) => [1, 2].map(() => [name, make({ developerKey: `burst-${name}` })]))
      const seen = new Set()
      for (let index = 0; index < 5_000; index += 1) {
        const [name, signer] = signers[index % signers.length]
        seen.add(name + signer.headers()['secret-key-timestamp'])
      }
      equal(seen.size, 5_000, 'timestamps')
    },
    'a burst ends a minute ahead of the clock': () => {
      const signer = make({ developerKey: 'exhausted' })
      const exhaust = () => {
        for (let index = 0; index < 70_000; index += 1) signer.headers()
      }
      const error = refused(exhaust, 'timestamp_exhausted', 'EkoRateLimitError', 'a burst')
      ok(/wait/.test(error.message), error.message)
    },
    'timestamps of 13 digits and nothing else': () => {
      const signer = make({})
      for (const value of [
        1_700_000_000,
        '1700000000000',
        Number.NaN,
        Infinity,
        -NOW,
        NOW + 0.5,
        1e13,
        null,
        undefined,
        {},
      ]) {
        invalid(() => signer.sign(value), `timestamp ${value}`)
        invalid(() => signer.requestHash(value, []), `timestamp ${value}`)
      }
      ok(/seconds/.test(thrown(() => signer.sign(1_700_000_000)).message), 'no hint about seconds')
    },
    'values of a request hash are texts': () => {
      const signer = make({})
      for (const values of [undefined, null, 'abc', ['50', 50], [null], [undefined]]) {
        invalid(() => signer.requestHash(NOW, values), `values ${JSON.stringify(values)}`)
      }
      ok(signer.requestHash(NOW, ['50']) !== signer.requestHash(NOW, ['50.0']), '50 and 50.0 are the same')
    },
    'bad keys are refused and not repeated': () => {
      for (const accessKey of [undefined, null, '', 5, {}, 'a\0b', 'half \ud83d']) {
        misconfigured(() => make({ accessKey }), `access key ${JSON.stringify(accessKey)}`)
      }
      for (const developerKey of [null, '', 5, 'a b', 'a\r\nx: y', 'é', 'a\0']) {
        const error = misconfigured(() => make({ developerKey }), `developer key ${JSON.stringify(developerKey)}`)
        if (developerKey === 'a\r\nx: y') ok(!error.message.includes('x: y'), 'the key is in the message')
      }
      for (const options of [undefined, null])
        ok(thrown(() => new Signer(options), 'no options') instanceof Error, 'no options')
    },
    'nothing secret is shown': () => {
      const signer = make({ developerKey: DEVELOPER_KEY })
      const headers = signer.headers()
      const shown = [signer, headers].flatMap((value) => [inspect(value), JSON.stringify(value), String(value)])
      shown.push(Object.getOwnPropertyNames(signer).join(), inspect(globalThis[Symbol.for('eko-eps.timestamps')] ?? {}))
      for (const secret of [KEY, DEVELOPER_KEY, headers['secret-key']]) {
        for (const text of shown) ok(!text?.includes(secret), 'a secret is shown')
      }
    },
    'no WebAssembly leaks out': () => {
      equal(typeof Signer, 'function')
      equal(Object.getOwnPropertyNames(Signer.prototype).sort().join(), 'constructor,headers,requestHash,sign')
    },
  }
}

/** Number of tests; the runner expects it in every runtime. */
const COUNT = 13

/** Options of the signature that every runtime computes. docs/evidence/runtimes.md shows it for each. */
const GOLDEN = { accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE', silenceBrowserWarning: true }

/** Runs the tests. Returns the result that the runner reads. */
export function run({ Signer, vectors, inspect = (value) => JSON.stringify(value) ?? '' }) {
  const faults = []
  let passed = 0
  for (const [name, test] of Object.entries(tests({ Signer, vectors, inspect }))) {
    try {
      test()
      passed += 1
    } catch (error) {
      faults.push(`${name}: ${error?.stack ?? error}`)
    }
  }
  const seen = new Signer(GOLDEN).sign(1_700_000_000_000)
  return { entry: 'eko-eps/signer', seen, count: COUNT, passed, failed: faults.length, faults }
}
