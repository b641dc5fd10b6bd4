// In a page whose policy lets no WebAssembly in: this signer needs none.
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
import { webcrypto } from './entries-suite.mjs'
import vectors from './vectors.json'

webcrypto({ WebCryptoSigner, vectors }).then(globalThis.report, ({ stack }) => globalThis.report({ error: stack }))
