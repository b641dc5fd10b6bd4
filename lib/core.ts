// What the client, the native signer, the sandbox and the stores share, errors among it. It is shipped as one file: finding and
// reading twenty takes longer than all else that loading does.

export { EkoClient } from './client.js'
export { ask } from './door.js'
export {
  EkoAuthError,
  EkoError,
  EkoOtpError,
  EkoRateLimitError,
  EkoRefusedError,
  EkoTransportError,
  EkoValidationError,
  refuse,
} from './errors.js'
export { type NativeSandbox, native } from './native.js'
export { configError, type EkoClientOptions, knownOptions } from './options.js'
export { type SignedHeaders, Signer, type SignerOptions } from './signer.js'
export { read } from './text.js'
