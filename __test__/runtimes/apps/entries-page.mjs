import { diagnose } from 'eko-eps/doctor'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { run } from './entries-suite.mjs'
import vectors from './vectors.json'

run({ WebCryptoSigner, diagnose, vectors }).then(globalThis.report, ({ stack }) => globalThis.report({ error: stack }))
