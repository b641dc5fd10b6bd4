// What the client, the native signer, the sandbox and the stores share, errors among it. It is shipped as one file: finding and
// reading twenty takes longer than all else that loading does.

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

// What follows is for the other files alone, so the declarations that are shipped leave it out.

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
