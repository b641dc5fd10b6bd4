// The error of a runtime that cannot load the client: one sentence at the import, which names all ways out.
const SENTENCE =
  /eko-eps cannot load its native module in .+: mark eko-eps as external in the bundler \(in Next: serverExternalPackages: \['eko-eps'\]\) .+, or import 'eko-eps\/signer'/

/** Returns the row of the table for this error text. */
export function refusal(said) {
  const named = SENTENCE.test(said)
  const faults = named ? [] : [`the way out is not named: ${said}`]
  return { entry: 'eko-eps', seen: 'the way out', count: 1, passed: named ? 1 : 0, failed: named ? 0 : 1, faults }
}
