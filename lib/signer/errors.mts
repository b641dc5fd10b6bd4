// The errors a signer throws, by the names and codes that they have in `eko-eps`. Small, for they are most of what this
// entry weighs besides the wasm file.

/** Throws if a rule has found a fault. */
export function refuse(
  code: 'invalid_config' | 'invalid_params' | 'timestamp_exhausted',
  fault: string | false,
  name = 'EkoValidationError',
): void {
  if (fault) throw Object.assign(Error(fault), { name, code })
}
