// Code that the client, the native signer, the sandbox and the stores share. It is shipped as one file, because Node
// needs most of the loading time to find and read separate files.

export { EkoClient } from './client/client.js'
export {
  EkoAuthError,
  EkoError,
  EkoOtpError,
  EkoRateLimitError,
  EkoRefusedError,
  EkoTransportError,
  EkoValidationError,
} from './client/errors.js'
export type { EkoClientOptions } from './client/options.js'
export { type SignedHeaders, Signer, type SignerOptions } from './client/signer.js'

// The exports below are internal, so the published type declarations do not contain them.

/** @internal */
export { refuse } from './client/errors.js'
/** @internal */
export { configError, knownOptions } from './client/option-checks.js'
/** @internal */
export { read } from './client/text.js'
/** @internal */
export { type NativeSandbox, native } from './native/native.js'
/** @internal */
export { ask, receiver } from './native/receiver.js'
