export type { AbortSignalLike, Attempt, CallOptions, HttpAnswer, Meta, SignedRequest } from './client/types.js'
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
export type * from './money/money-types.js'
