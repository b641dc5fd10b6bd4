// What the client, the native signer and the sandbox share. It is shipped as one file: finding and reading twenty takes longer than
// all else that loading does. Errors are beside it, for who needs them without the native module.

export { EkoClient } from './client.js'
export { ask } from './door.js'
export { type NativeSandbox, native } from './native.js'
export { configError, type EkoClientOptions, knownOptions } from './options.js'
export { type SignedHeaders, Signer, type SignerOptions } from './signer.js'
export { read } from './text.js'
