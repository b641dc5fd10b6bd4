// Conversions between text and bytes that work in every runtime.
export { bytesToHex as hex } from '@noble/hashes/utils.js'

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

export function base64(bytes: Uint8Array): string {
  return btoa(ascii(bytes))
}

/** Decodes base64 strictly: only the standard alphabet, with padding. Returns undefined for other text. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

/**
 * Decodes base64 as lenient decoders do. It drops characters outside the alphabet, and a last character that does not
 * complete a byte.
 */
export function fromLooseBase64(text: string): Uint8Array {
  const kept = text.replace(/=.*$/s, '').replace(/[^A-Za-z0-9+/]/g, '')
  const whole = kept.length % 4 === 1 ? kept.slice(0, -1) : kept
  return fromBase64(whole.padEnd(Math.ceil(whole.length / 4) * 4, '=')) ?? new Uint8Array()
}

export function fromHex(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(text)) return undefined
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16))
}

/** Returns text in which each character has the code of one byte. */
export function ascii(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return text
}

export function utf16(text: string): Uint8Array {
  return Uint8Array.from({ length: 2 * text.length }, (_, at) => (text.charCodeAt(at >> 1) >> (8 * (at % 2))) & 255)
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
