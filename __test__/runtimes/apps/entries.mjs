// Reads no file, because the vectors are a module. So Deno runs it without any permission.
import { diagnose } from 'eko-eps/doctor'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { run } from './entries-suite.mjs'
import vectors from './vectors.mjs'

const file = (entry) => import.meta.resolve(entry).split('/eko-eps/dist/')[1]
const results = await run({ WebCryptoSigner, diagnose, vectors })
console.log(JSON.stringify(results.map((result) => ({ file: file(result.entry), ...result }))))
