// Does the same as unavailable.mts, for `require`.
import { UNSUPPORTED_RUNTIME } from './unsupported-runtime.js'

throw Object.assign(new Error(UNSUPPORTED_RUNTIME), { code: 'native_missing' })
