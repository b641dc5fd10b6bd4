// The same as unavailable.mts, for `require`.
import { NOT_HERE } from './not-here.js'

throw Object.assign(new Error(NOT_HERE), { code: 'native_missing' })
