// Errors of a signer, with the same names and codes as in `eko-eps`. The code is short, because it is most of the size
// of this entry besides the wasm file.

/** Throws an error with this code if a rule has returned a fault. */
export function refuse(
  code: 'invalid_config' | 'invalid_params' | 'timestamp_exhausted',
  fault: string | false,
  name = 'EkoValidationError',
): void {
  if (fault) throw Object.assign(Error(fault), { name, code })
}
