import { diagnose } from 'eko-eps/doctor'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { run } from './entries-suite.mjs'
import vectors from './vectors.json'

const given = { WebCryptoSigner, diagnose, vectors }

export default {
  async test() {
    console.log(`RESULT ${JSON.stringify(await run(given))}`)
  },
  async fetch() {
    return new Response(JSON.stringify(await run(given)))
  },
}
