// Measures one signature, as text, in every way that Node offers, and the three headers of a request. Runs in its own
// process: `node sign.mjs <rounds>` prints JSON.
import { createHmac, createSecretKey, webcrypto } from 'node:crypto'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import CryptoJS from 'crypto-js'
import { createHMAC, createSHA256 } from 'hash-wasm'
import { Signer } from '../../dist/index.mjs'
import { Signer as WasmSigner } from '../../dist/signer/inline.mjs'
import { median } from './numbers.mjs'
import { against, slices } from './slices.mjs'
import { ACCOUNT } from './work.mjs'

const { accessKey: ACCESS_KEY, developerKey: DEVELOPER_KEY } = ACCOUNT
const ROUNDS = Number(process.argv[2] ?? 30)
const key = Buffer.from(ACCESS_KEY).toString('base64')
const bytes = Buffer.from(key)
const base64 = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')
const utf8 = new TextEncoder()

const native = new Signer({ accessKey: ACCESS_KEY })
const wasm = new WasmSigner({ accessKey: ACCESS_KEY })
const keyObject = createSecretKey(bytes)
const kept = hmac.create(sha256, bytes)
const hashWasm = await createHMAC(createSHA256(), bytes)
const cryptoKey = await webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

const SIGN = [
  { name: 'eko-eps', call: (ms) => native.sign(ms) },
  { name: 'eko-eps, wasm', call: (ms) => wasm.sign(ms) },
  { name: 'createHmac', call: (ms) => createHmac('sha256', key).update(String(ms)).digest('base64') },
  { name: 'createHmac, KeyObject', call: (ms) => createHmac('sha256', keyObject).update(String(ms)).digest('base64') },
  { name: '@noble/hashes', call: (ms) => base64(hmac(sha256, bytes, utf8.encode(String(ms)))) },
  {
    name: '@noble/hashes, key kept',
    call: (ms) =>
      base64(
        kept
          .clone()
          .update(utf8.encode(String(ms)))
          .digest(),
      ),
  },
  { name: 'hash-wasm', call: (ms) => base64(hashWasm.init().update(String(ms)).digest('binary')) },
  // The vendor's samples compute the signature with crypto-js.
  { name: 'crypto-js', call: (ms) => CryptoJS.enc.Base64.stringify(CryptoJS.HmacSHA256(String(ms), key)) },
  {
    name: 'WebCrypto',
    async: true,
    call: async (ms) => base64(new Uint8Array(await webcrypto.subtle.sign('HMAC', cryptoKey, utf8.encode(String(ms))))),
  },
]

const expected = SIGN.find(({ name }) => name === 'createHmac').call(1_700_000_000_000)
for (const { name, call } of SIGN)
  if ((await call(1_700_000_000_000)) !== expected) throw new Error(`${name} signs differently`)

// A developer key has only 60,000 timestamps for a burst, so each slice (a loop of about 10 ms) gets a new signer.
let signers = 0
let signer
const length = ({ 'secret-key': signature }) => signature
const HEADERS = [
  {
    name: 'eko-eps',
    most: 30_000,
    before() {
      signer = new Signer({ accessKey: ACCESS_KEY, developerKey: `${DEVELOPER_KEY}-${signers++}` })
    },
    call: () => length(signer.headers()),
  },
  {
    name: 'createHmac + literal',
    call() {
      const timestamp = String(Date.now())
      return length({
        developer_key: DEVELOPER_KEY,
        'secret-key': createHmac('sha256', key).update(timestamp).digest('base64'),
        'secret-key-timestamp': timestamp,
      })
    },
  },
]

const sign = await slices(SIGN, ROUNDS)
const headers = await slices(HEADERS, ROUNDS)
const table = (results, base) => {
  const times = against(results, base)
  return Object.fromEntries(Object.entries(results).map(([name, ns]) => [name, { ns: median(ns), times: times[name] }]))
}
const result = { sign: table(sign, 'createHmac'), headers: table(headers, 'createHmac + literal') }
result.sign['eko-eps'].timesCryptoJs = against(sign, 'crypto-js')['eko-eps']
console.log(JSON.stringify(result))
