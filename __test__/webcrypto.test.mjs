// Tests of the signer for services without WebAssembly: the published signatures, and real engines that have none.
import assert from 'node:assert/strict'
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { Signer } from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { node } from './support/child.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'))
const expected = [
  ...vectors.secretKey.map(({ secretKey }) => secretKey),
  ...vectors.requestHash.map(({ requestHash }) => requestHash),
]
const source = readFileSync(new URL('../dist/signer/webcrypto.cjs', import.meta.url), 'utf8')

/** Loads the CommonJS entry in a realm (set of globals) that has what a service without WebAssembly has. */
function realm(globals = {}) {
  const warnings = []
  const module = { exports: {} }
  const console = { warn: (text) => warnings.push(text) }
  const context = createContext({ module, console, crypto, TextEncoder, Uint8Array, btoa, ...globals })
  runInContext('delete globalThis.WebAssembly', context)
  assert.equal(runInContext('typeof WebAssembly', context), 'undefined')
  runInContext(source, context)
  return { WebCryptoSigner: module.exports.WebCryptoSigner, warnings, context }
}

test('the published signatures and request hashes', async () => {
  const signed = []
  for (const { accessKey, timestamp } of vectors.secretKey)
    signed.push(await new WebCryptoSigner({ accessKey }).sign(timestamp))
  for (const { accessKey, timestamp, values } of vectors.requestHash)
    signed.push(await new WebCryptoSigner({ accessKey }).requestHash(timestamp, values))
  assert.ok(expected.length >= 14)
  assert.deepEqual(signed, expected)
})

test('in a V8 without WebAssembly', async () => {
  const { code, stdout, stderr } = await node(['--jitless', '__test__/support/no-wasm.mjs'], {
    cwd: root,
    limit: 60_000,
  })
  assert.equal(code, 0, stderr)
  const { wasm, signed, stamps } = JSON.parse(stdout)
  assert.equal(wasm, 'undefined')
  assert.deepEqual(signed, expected)
  assert.match(stamps, /^\d{13}$/)
})

test('in a realm without WebAssembly', async () => {
  const { WebCryptoSigner } = realm()
  for (const { accessKey, timestamp, secretKey } of vectors.secretKey)
    assert.equal(await new WebCryptoSigner({ accessKey }).sign(timestamp), secretKey)
})

test('random keys, timestamps and values agree with node:crypto', async () => {
  const alphabets = ['abcdefghij0123456789-', 'äöü€漢字🔑', '!#$%~+/=']
  for (let round = 0; round < 300; round++) {
    const letters = [...alphabets[round % alphabets.length]]
    const accessKey = Array.from({ length: randomInt(1, 200) }, () => letters[randomInt(letters.length)]).join('')
    const timestamp = randomInt(1e12, 1e12 + 2 ** 43)
    const values = Array.from({ length: randomInt(0, 4) }, () => randomBytes(randomInt(0, 60)).toString('base64'))
    const hmac = (message) =>
      createHmac('sha256', Buffer.from(accessKey).toString('base64')).update(message).digest('base64')
    const signer = new WebCryptoSigner({ accessKey })
    assert.equal(await signer.sign(timestamp), hmac(String(timestamp)))
    assert.equal(await signer.requestHash(timestamp, values), hmac([timestamp, ...values].join('')))
  }
})

test('shares the timestamps of a key with the wasm signer', async () => {
  for (const developerKey of ['shared-with-wasm', undefined]) {
    const keys = { accessKey: `shared-access-${developerKey}`, developerKey }
    const signers = [new WebCryptoSigner(keys), new Signer(keys), new WebCryptoSigner(keys)]
    const headers = await Promise.all(Array.from({ length: 600 }, (_, round) => signers[round % 3].headers()))
    assert.equal(new Set(headers.map((one) => one['secret-key-timestamp'])).size, 600)
  }
})

test('headers are signed, fresh and masked', async () => {
  const keys = { accessKey: 'canary-access', developerKey: 'canary-developer' }
  const headers = await new WebCryptoSigner(keys).headers()
  assert.deepEqual(Object.keys(headers), ['developer_key', 'secret-key', 'secret-key-timestamp'])
  const timestamp = Number(headers['secret-key-timestamp'])
  assert.equal(headers['secret-key'], new Signer(keys).sign(timestamp))
  assert.ok(Math.abs(timestamp - Date.now()) < 60_000)
  assert.equal(JSON.parse(JSON.stringify(headers))['secret-key'], '[hidden]')
  assert.throws(() => structuredClone(headers), { name: 'DataCloneError' })
  assert.equal(new Headers(headers).get('developer_key'), 'canary-developer')
})

test('the constructor refuses missing WebCrypto and names the fix', () => {
  for (const globals of [{ crypto: undefined }, { crypto: {} }]) {
    const { WebCryptoSigner } = realm(globals)
    assert.throws(() => new WebCryptoSigner({ accessKey: 'k' }), {
      name: 'EkoValidationError',
      code: 'invalid_config',
      message: 'crypto.subtle is missing: use https or localhost in a page, and Signer of eko-eps/signer elsewhere',
    })
  }
})

test('a WebCrypto failure rejects signing, the process goes on', async () => {
  const refusing = { subtle: { importKey: () => Promise.reject(new Error('no HMAC here')) } }
  const { WebCryptoSigner } = realm({ crypto: refusing })
  const signer = new WebCryptoSigner({ accessKey: 'k' })
  // Node reports an unhandled rejection after the microtasks.
  await new Promise((resolve) => setImmediate(resolve))
  await assert.rejects(signer.sign(1.7e12), /no HMAC here/)
  await assert.rejects(signer.headers(), /no HMAC here/)
})

test('in a page it warns once, and is silent when told so', () => {
  const { WebCryptoSigner, warnings } = realm({ document: {} })
  new WebCryptoSigner({ accessKey: 'k', silenceBrowserWarning: true })
  assert.deepEqual(warnings, [])
  for (let round = 0; round < 2; round++) new WebCryptoSigner({ accessKey: 'k' })
  assert.equal(warnings.length, 1)
})

test('it holds to its weight, and has no wasm in it', () => {
  for (const name of ['webcrypto.mjs', 'webcrypto.cjs']) {
    const bytes = readFileSync(new URL(`../dist/signer/${name}`, import.meta.url))
    const weight = gzipSync(bytes, { level: 9 }).length
    assert.ok(weight <= 2320, `${name}: ${weight} bytes gzip`)
    assert.doesNotMatch(bytes.toString(), /WebAssembly|AGFzbQ/)
  }
})
