// Errors of a signer, with the same names and codes as in `eko-eps`. The code is short to keep the bundle small.

/** Throws an error with this code if a rule has returned a fault. */
export function refuse(
  code: 'invalid_config' | 'invalid_params' | 'timestamp_exhausted',
  fault: string | false,
  name = 'EkoValidationError',
): void {
  if (fault) throw Object.assign(Error(fault), { name, code })
}
