// One copy of everything per process: the ES module exports the objects of the CommonJS module.

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
