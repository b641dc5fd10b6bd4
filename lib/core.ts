// Code that the client, the native signer, the sandbox and the stores share. It is shipped as one file, because Node
// needs most of the loading time to find and read separate files.

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

// The exports below are internal, so the published type declarations do not contain them.

/** @internal */
export { refuse } from './errors.js'
/** @internal */
export { type NativeSandbox, native } from './native.js'
/** @internal */
export { configError, knownOptions } from './option-checks.js'
/** @internal */
export { ask, receiver } from './receiver.js'
/** @internal */
export { read } from './text.js'
