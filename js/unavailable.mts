// Replacement of the package in bundles for browsers or edge runtimes. It throws when it is imported, with a message
// that names the fix. It imports nothing, so that every bundler accepts it. Its message is the same as in
// unsupported-runtime.ts.

function refuse(): never {
  const message =
    "eko-eps cannot load its native module in a bundle, a browser or an edge runtime: mark eko-eps as external in the bundler (in Next: serverExternalPackages: ['eko-eps']) and run it in Node, Deno or Bun, or import 'eko-eps/signer', which runs everywhere"
  throw Object.assign(new Error(message), { code: 'native_missing' })
}

// Bundlers check that these exports exist. The first export throws at run time.
export const EkoAuthError: never = refuse()
export const EkoClient: never = refuse()
export const EkoError: never = refuse()
export const EkoOtpError: never = refuse()
export const EkoRateLimitError: never = refuse()
export const EkoRefusedError: never = refuse()
export const EkoTransportError: never = refuse()
export const EkoValidationError: never = refuse()
export const Sandbox: never = refuse()
export const Signer: never = refuse()
