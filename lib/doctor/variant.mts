// A variant of one step, wrong or right: its bytes, and the mistakes that lead to them.
import type { MistakeCode } from '../doctor-types.js'

/** A mistake, and the detail that its explanation adds. */
export interface Mistake {
  code: MistakeCode
  detail?: string
}

export interface Variant {
  bytes: Uint8Array
  codes: readonly Mistake[]
}

export function variant(bytes: Uint8Array, code?: MistakeCode, detail?: string): Variant {
  if (code === undefined) return { bytes, codes: [] }
  return { bytes, codes: [detail === undefined ? { code } : { code, detail }] }
}
