// Errors that a signer throws, with the names and codes that they have in `eko-eps`. The code is small, because it is
// most of the size of this entry besides the wasm file.

/** Throws if a rule has found a fault. */
export function refuse(
  code: 'invalid_config' | 'invalid_params' | 'timestamp_exhausted',
  fault: string | false,
  name = 'EkoValidationError',
): void {
  if (fault) throw Object.assign(Error(fault), { name, code })
}
