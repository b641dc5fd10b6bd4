// Tests of the WebCrypto signer and of the doctor, for every runtime. It imports nothing, because it is bundled into
// pages and workers.

const NOW = 1_700_000_000_000
const QUIET = { silenceBrowserWarning: true }
const GOLDEN = { accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }

function equal(actual, expected, what) {
  if (actual !== expected)
    throw new Error(`${what}: got ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`)
}

async function rejected(work, code) {
  let refusal
  try {
    await work()
  } catch (error) {
    refusal = error.code ?? error.name
  }
  equal(refusal, code, 'a refusal')
}

const WEBCRYPTO = {
  'every published secret-key': async ({ WebCryptoSigner, vectors }) => {
    equal(vectors.secretKey.length >= 8, true, 'enough vectors')
    for (const { accessKey, timestamp, secretKey } of vectors.secretKey)
      equal(await new WebCryptoSigner({ accessKey, ...QUIET }).sign(timestamp), secretKey, accessKey)
  },
  'every request hash': async ({ WebCryptoSigner, vectors }) => {
    equal(vectors.requestHash.length >= 6, true, 'enough vectors')
    for (const { accessKey, timestamp, values, requestHash } of vectors.requestHash)
      equal(
        await new WebCryptoSigner({ accessKey, ...QUIET }).requestHash(timestamp, values),
        requestHash,
        values.join(),
      )
  },
  'fresh headers, no timestamp twice': async ({ WebCryptoSigner }) => {
    const keys = { accessKey: 'canary-access-key-91c4', developerKey: 'canary-developer-key-55d0', ...QUIET }
    const signers = [new WebCryptoSigner(keys), new WebCryptoSigner(keys)]
    const all = await Promise.all(Array.from({ length: 500 }, (_, index) => signers[index % 2].headers()))
    equal(new Set(all.map((one) => one['secret-key-timestamp'])).size, 500, 'timestamps')
    const { developer_key, 'secret-key': secretKey, 'secret-key-timestamp': stamp } = all[0]
    equal(developer_key, keys.developerKey, 'developer key')
    equal(secretKey, await signers[1].sign(Number(stamp)), 'signature')
    equal(Math.abs(Number(stamp) - Date.now()) < 60_000, true, 'near the clock')
    equal(JSON.stringify(all[0]).includes(secretKey), false, 'shown when serialised')
  },
  'what is wrong is refused': async ({ WebCryptoSigner }) => {
    const signer = new WebCryptoSigner({ accessKey: 'a', ...QUIET })
    await rejected(() => signer.sign(1_700_000_000), 'invalid_params')
    await rejected(() => signer.requestHash(NOW, [50]), 'invalid_params')
    await rejected(async () => new WebCryptoSigner({ accessKey: '' }), 'invalid_config')
  },
}

const codes = ({ findings }) => findings.map(({ code }) => code).join()

const DOCTOR = {
  'nothing is wrong with the published signatures': async ({ diagnose, vectors }) => {
    for (const { accessKey, timestamp, secretKey } of vectors.secretKey)
      equal(codes(diagnose({ accessKey, timestamp, secretKey })), '', accessKey)
    for (const { accessKey, timestamp, values, requestHash } of vectors.requestHash)
      equal(codes(diagnose({ accessKey, timestamp, requestHash: { parts: values, value: requestHash } })), '', values)
  },
  'a recorded mistake is named, with the right signature': async ({ diagnose, vectors }) => {
    const { accessKey, timestamp, wrong } = vectors.mistakes[0]
    const told = diagnose({ accessKey, timestamp, secretKey: wrong })
    equal(codes(told), 'key_raw', wrong)
    equal(told.expected.secretKey, vectors.secretKey[0].secretKey, 'what is right')
    equal(JSON.stringify(told).includes(accessKey), false, 'the key is repeated')
  },
  'input that is none is refused': async ({ diagnose }) => {
    await rejected(async () => diagnose({ accessKey: 'a' }), 'TypeError')
  },
}

async function results({ entry, tests, count, seen }, given) {
  const faults = []
  let passed = 0
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(given)
      passed += 1
    } catch (error) {
      faults.push(`${name}: ${error?.stack ?? error}`)
    }
  }
  return { entry, seen, count, passed, failed: faults.length, faults }
}

/**
 * Runs the signer's tests. Returns the result that the runner reads; `count` is the number of tests in every runtime.
 */
export async function webcrypto({ WebCryptoSigner, vectors }) {
  const seen = await new WebCryptoSigner({ ...GOLDEN, ...QUIET }).sign(NOW)
  return results({ entry: 'eko-eps/signer/webcrypto', tests: WEBCRYPTO, count: 4, seen }, { WebCryptoSigner, vectors })
}

/** Runs the doctor's tests. The result shows the mistake that it named, and the right signature for the golden key. */
export async function doctor({ diagnose, vectors }) {
  const { expected, findings } = diagnose({ ...GOLDEN, timestamp: NOW, secretKey: vectors.mistakes[0].wrong })
  const seen = `${codes({ findings })}, expected ${expected.secretKey}`
  return results({ entry: 'eko-eps/doctor', tests: DOCTOR, count: 3, seen }, { diagnose, vectors })
}

/** Runs both. */
export async function run(given) {
  return [await webcrypto(given), await doctor(given)]
}
