export {
  EkoAuthError,
  EkoClient,
  type EkoClientOptions,
  EkoError,
  EkoOtpError,
  EkoRateLimitError,
  EkoRefusedError,
  EkoTransportError,
  EkoValidationError,
  type SignedHeaders,
  Signer,
  type SignerOptions,
} from './core.js'
export type * from './generated/index.js'
export type * from './money-types.js'
export type { AbortSignalLike, Attempt, CallOptions, HttpAnswer, Meta, SignedRequest } from './types.js'
