// Code that the client, the native signer, the sandbox and the stores share, including the errors. It is shipped as one
// file, because finding and reading twenty files takes longer than the rest of the loading.

export { EkoClient } from './client.js'
export {
  EkoAuthError,
  EkoError,
  EkoOtpError,
  EkoRateLimitError,
  EkoRefusedError,
  EkoTransportError,
  EkoValidationError,
} from './errors.js'
export type { EkoClientOptions } from './options.js'
export { type SignedHeaders, Signer, type SignerOptions } from './signer.js'

// The exports below are for the other files only, so the shipped declarations leave them out.

/** @internal */
export { refuse } from './errors.js'
/** @internal */
export { type NativeSandbox, native } from './native.js'
/** @internal */
export { configError, knownOptions } from './options.js'
/** @internal */
export { ask, receiver } from './receiver.js'
/** @internal */
export { read } from './text.js'
