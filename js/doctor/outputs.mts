// Decodes a value to its bytes, in every way in which a program may have written it.

import { ascii, fromBase64, fromHex, hex } from './bytes.mjs'
import type { MistakeCode } from './doctor-types.js'

/** Bytes that the value may represent, as hexadecimal text, and the mistakes in the way it was written. */
export interface Candidate {
  hex: string
  codes: readonly MistakeCode[]
}

/** Lengths of the hashes MD5, SHA-1, SHA-256, SHA-384 and SHA-512, in bytes. */
const LENGTHS = new Set([16, 20, 32, 48, 64])

const ENTITIES: Readonly<Record<string, string>> = { plus: '+', sol: '/', equals: '=', quot: '"' }

/**
 * Steps that each remove one wrapping from the value, such as quotation marks. A step returns undefined if the value
 * has no such wrapping.
 */
const LAYERS: readonly [MistakeCode, (value: string) => string | undefined][] = [
  [
    'output_labelled',
    (value) => /^\s*(?:bearer|hmac|secret[-_]key|request[-_]hash)\s*[:=]?\s*(.+)$/is.exec(value)?.[1],
  ],
  ['output_quoted', (value) => /^\s*(["'])(.*)\1\s*$/s.exec(value)?.[2]],
  ['output_url_encoded', (value) => (/%(25|2B|2F|3D|0A)/i.test(value) ? urlDecoded(value) : undefined)],
  ['output_html_encoded', (value) => (/&#?\w+;/.test(value) ? withoutEntities(value) : undefined)],
  [
    'output_plus_lost',
    (value) => (/^[A-Za-z0-9/ ]{43}=$/.test(value) && value.includes(' ') ? value.replaceAll(' ', '+') : undefined),
  ],
  ['output_whitespace', (value) => (/\s|\\n/.test(value) ? value.replace(/\s|(\\r)?\\n/g, '') : undefined)],
]

/** Codings in which bytes can be written, the correct one first. */
const CODINGS: readonly [MistakeCode[], (value: string) => Uint8Array | undefined][] = [
  [[], fromBase64],
  [['output_hex'], fromHex],
  [['output_unpadded'], (value) => (/^[A-Za-z0-9+/]+$/.test(value) ? padded(value) : undefined)],
  [
    ['output_base64url'],
    (value) => (/[-_]/.test(value) ? padded(value.replaceAll('-', '+').replaceAll('_', '/')) : undefined),
  ],
  [['output_base64_of_hex'], (value) => then(fromBase64(value), fromHex)],
  [['output_encoded_twice'], (value) => then(fromBase64(value), fromBase64)],
]

/** Returns the bytes for which the value may stand, those with the fewest mistakes first. */
export function candidates(value: string): Candidate[] {
  const found: Candidate[] = []
  const visit = (text: string, codes: readonly MistakeCode[]) => {
    for (const [more, decode] of CODINGS) {
      const bytes = decode(text)
      if (bytes && LENGTHS.has(bytes.length)) found.push({ hex: hex(bytes), codes: [...codes, ...more] })
    }
    if (codes.length > 2) return
    for (const [code, peel] of LAYERS) {
      const inner = codes.includes(code) && code !== 'output_url_encoded' ? undefined : peel(text)
      if (inner !== undefined && inner !== text) visit(inner, codes.includes(code) ? codes : [...codes, code])
    }
  }
  visit(value, [])
  return found.sort((a, b) => a.codes.length - b.codes.length)
}

/** Returns the mistake in a value that looks almost like the correct one but cannot be decoded to its bytes. */
export function likeness(value: string, right: string): MistakeCode | undefined {
  const text = value.trim()
  if (text !== right && text.toLowerCase() === right.toLowerCase()) return 'output_case'
  // A value that lacks only its last character is not truncated, but has lost its padding.
  if (text.length >= 8 && text.length < right.length - 1 && right.startsWith(text)) return 'output_truncated'
  return undefined
}

function padded(value: string): Uint8Array | undefined {
  const bare = value.replace(/=+$/, '')
  return fromBase64(bare.padEnd(Math.ceil(bare.length / 4) * 4, '='))
}

function then(bytes: Uint8Array | undefined, decode: (text: string) => Uint8Array | undefined): Uint8Array | undefined {
  return bytes && decode(ascii(bytes))
}

function urlDecoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

function withoutEntities(value: string): string {
  return value.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (decimal) return String.fromCharCode(Number(decimal))
    if (hexadecimal) return String.fromCharCode(Number.parseInt(hexadecimal, 16))
    return ENTITIES[name] ?? whole
  })
}
