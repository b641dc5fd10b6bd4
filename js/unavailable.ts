// Replacement of the package in bundles for browsers or edge runtimes that use `require`. It throws when it is loaded.
import { UNSUPPORTED_RUNTIME } from './native/unsupported-runtime.js'

throw Object.assign(new Error(UNSUPPORTED_RUNTIME), { code: 'native_missing' })
