// The errors a signer throws, by the names and codes that they have in `eko-eps`. Small, for they are most of what this
// entry weighs besides the wasm file.

/** Input that breaks a rule, or too many signatures at once. */
export class SignerError extends Error {
  /** The stable code. */
  declare readonly code: 'invalid_config' | 'invalid_params' | 'timestamp_exhausted'

  constructor(name: 'EkoValidationError' | 'EkoRateLimitError', code: SignerError['code'], message: string) {
    super(message)
    this.name = name
    this.code = code
  }
}

/** Throws if a rule has found a fault. */
export function refuse(code: 'invalid_config' | 'invalid_params', fault: string | undefined): void {
  if (fault) throw new SignerError('EkoValidationError', code, fault)
}
