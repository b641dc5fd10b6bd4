// Runs in a page whose policy forbids WebAssembly: this signer does not need it.
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { webcrypto } from './entries-suite.mjs'
import vectors from './vectors.json'

webcrypto({ WebCryptoSigner, vectors }).then(globalThis.report, ({ stack }) => globalThis.report({ error: stack }))
