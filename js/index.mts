// The ES module exports the objects of the CommonJS module, so that a process has only one copy of each class.

export type * from './index.js'
export {
  EkoAuthError,
  EkoClient,
  EkoError,
  EkoOtpError,
  EkoRateLimitError,
  EkoRefusedError,
  EkoTransportError,
  EkoValidationError,
  Signer,
} from './index.js'
