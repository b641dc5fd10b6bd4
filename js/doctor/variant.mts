// Variant of a key or a message: its bytes, and the mistakes that lead to these bytes. The correct variant has no
// mistakes.
import type { MistakeCode } from './doctor-types.js'

/** Code of a mistake, and the text that replaces `{detail}` in its explanation. */
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
