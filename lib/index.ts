export { EkoClient, type EkoClientOptions, type SignedHeaders, Signer, type SignerOptions } from './core.js'
export {
  EkoAuthError,
  EkoError,
  EkoOtpError,
  EkoRateLimitError,
  EkoRefusedError,
  EkoTransportError,
  EkoValidationError,
} from './errors.js'
export type * from './generated/index.js'
export type * from './money-types.js'
export type { Attempt, CallOptions, HttpAnswer, Meta, SignedRequest } from './types.js'
