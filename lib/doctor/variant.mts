// One way to get a step wrong, or right: its bytes, and the mistakes that lead to them.
import type { MistakeCode } from '../doctor-types.js'
import { ascii } from './bytes.mjs'

/** A mistake, with what its explanation says besides. */
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

/** The first of those that have the same bytes: what changes nothing is no mistake. */
export function distinct(variants: readonly Variant[]): Variant[] {
  const seen = new Set<string>()
  return variants.filter(({ bytes }) => {
    const name = ascii(bytes)
    return !seen.has(name) && seen.add(name)
  })
}
