/**
 * Error message for runtimes that cannot load the native module. It has its own file, so that a browser bundle contains
 * nothing else.
 */
export const UNSUPPORTED_RUNTIME =
  "eko-eps cannot load its native module in a bundle, a browser or an edge runtime: mark eko-eps as external in the bundler (in Next: serverExternalPackages: ['eko-eps']) and run it in Node, Deno or Bun, or import 'eko-eps/signer', which runs everywhere"
