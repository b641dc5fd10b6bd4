// Runs inside StarlingMonkey: signs the vectors, and returns an error too.
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import vectors from '../vectors.json'

export async function run() {
  const signed = []
  for (const { accessKey, timestamp } of vectors.secretKey)
    signed.push(await new WebCryptoSigner({ accessKey }).sign(timestamp))
  for (const { accessKey, timestamp, values } of vectors.requestHash)
    signed.push(await new WebCryptoSigner({ accessKey }).requestHash(timestamp, values))
  const signer = new WebCryptoSigner({ accessKey: '🔑', developerKey: 'developer' })
  const headers = await signer.headers()
  const refused = await signer.sign(1).catch(({ name, code }) => `${name} ${code}`)
  const half = await Promise.resolve('half \ud83d')
    .then((accessKey) => new WebCryptoSigner({ accessKey }))
    .catch(({ code }) => code)
  const matches = headers['secret-key'] === (await signer.sign(Number(headers['secret-key-timestamp'])))
  return JSON.stringify({ wasm: typeof WebAssembly, signed, matches, shown: JSON.stringify(headers), refused, half })
}
