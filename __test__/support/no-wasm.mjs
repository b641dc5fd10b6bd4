// Run with `--jitless`, where V8 has no WebAssembly: prints the signatures of the test vectors.
import { readFileSync } from 'node:fs'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'

const vectors = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'))
const signed = []
for (const { accessKey, timestamp } of vectors.secretKey)
  signed.push(await new WebCryptoSigner({ accessKey }).sign(timestamp))
for (const { accessKey, timestamp, values } of vectors.requestHash)
  signed.push(await new WebCryptoSigner({ accessKey }).requestHash(timestamp, values))
const stamps = (await new WebCryptoSigner({ accessKey: 'k' }).headers())['secret-key-timestamp']
console.log(JSON.stringify({ wasm: typeof WebAssembly, signed, stamps }))
