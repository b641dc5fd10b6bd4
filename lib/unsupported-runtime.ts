/** What is said where the native module cannot be. Alone in its file, so that a bundle for browsers takes nothing else. */
export const UNSUPPORTED_RUNTIME =
  "eko-eps cannot load its native module in a bundle, a browser or an edge runtime: leave it external (in Next: serverExternalPackages: ['eko-eps']) and run it in Node, Deno or Bun, or import 'eko-eps/signer', which runs everywhere"
