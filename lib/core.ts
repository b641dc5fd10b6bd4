// Code that the client, the native signer, the sandbox and the stores share, including the errors. It is shipped as one
// file, because Node takes longer to find and read twenty files than for all other work of loading them.

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

// Only other files of this package use the exports below, so they are not in the published type declarations.

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
