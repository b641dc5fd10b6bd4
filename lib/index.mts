// One copy of everything per process: the ES module hands out what the CommonJS one has made.

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
