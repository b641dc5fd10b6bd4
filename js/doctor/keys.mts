// HMAC keys that a program may use: first the correct one, and then the wrong ones. The correct key is the base64 text
// of the access key.

import { neverInKeys } from '../signer/signer-rules.js'
import { ascii, base64, fromBase64, fromHex, fromLooseBase64, hex, utf8, utf16 } from './bytes.mjs'
import { type Variant, variant } from './variant.mjs'

/** Access keys that the vendor's public pages contain. */
const DEMO_KEYS = [
  'd2fe1d99-6298-4af2-8cc5-d97dcf46df30',
  'f74c50a1-f705-4634-9cda-30a477df91b7',
  'f46fd59b-bc90-41e2-9a52-efb5c0778d50',
]

/**
 * Returns a key without the forbidden characters at its start and end, because the signer refuses a key that contains
 * them. A key of forbidden characters only is returned unchanged.
 */
export function cleanKey(accessKey: string): string {
  const chars = [...accessKey]
  const good = (char: string) => neverInKeys(char) === undefined
  const start = chars.findIndex(good)
  if (start < 0) return accessKey
  let end = chars.length
  while (!good(chars[end - 1] as string)) end -= 1
  return chars.slice(start, end).join('')
}

/**
 * Returns the HMAC keys that a program may derive from one access key. `given` is the access key as the caller wrote
 * it.
 */
export function keyVariants(accessKey: string, given: string, developerKey: string | undefined): Variant[] {
  const bytes = utf8(accessKey)
  const encoded = base64(bytes)
  const text = (key: string, code: Variant['codes'][number]['code']) => variant(utf8(key), code)
  const encodedOf = (key: string, code: Variant['codes'][number]['code']) => text(base64(utf8(key)), code)
  const urlSafe = encoded.replaceAll('+', '-').replaceAll('/', '_')
  return [
    variant(utf8(encoded)),
    variant(bytes, isEncodedKey(accessKey) ? 'key_already_encoded' : 'key_raw'),
    ...decoded(accessKey).map((key) => variant(key, 'key_decoded')),
    encodedOf(encoded, 'key_encoded_twice'),
    text(`${encoded}\n`, 'key_line_break'),
    text(`${encoded}\r\n`, 'key_line_break'),
    text(encoded.replace(/=+$/, ''), 'key_unpadded'),
    text(urlSafe, 'key_base64url'),
    text(urlSafe.replace(/=+$/, ''), 'key_base64url'),
    ...[given, `${accessKey}\n`, `${accessKey}\r\n`, `${accessKey} `, ` ${accessKey}`].flatMap((key) => [
      encodedOf(key, /["'`‘-‟]/.test(given) && key === given ? 'key_quoted' : 'key_whitespace'),
      text(key, 'key_whitespace'),
    ]),
    ...['"', "'"].map((quote) => encodedOf(quote + accessKey + quote, 'key_quoted')),
    encodedOf(accessKey.toUpperCase(), 'key_case'),
    encodedOf(accessKey.toLowerCase(), 'key_case'),
    text(base64(utf16(accessKey)), 'key_utf16'),
    text(hex(bytes), 'key_hex'),
    encodedOf(hex(bytes), 'key_hex'),
    ...hexBytes(accessKey).flatMap((key) => [variant(key, 'key_hex'), text(base64(key), 'key_hex')]),
    ...(developerKey ? [encodedOf(developerKey, 'key_developer'), text(developerKey, 'key_developer')] : []),
    ...DEMO_KEYS.map((key) => encodedOf(key, 'key_demo')),
    ...['', 'undefined', 'null', 'None', 'nil'].flatMap((key) => [
      encodedOf(key, 'key_missing'),
      text(key, 'key_missing'),
    ]),
  ]
}

/** Decodes a key as lenient decoders do: once with the URL-safe characters replaced, and once with them dropped. */
function decoded(accessKey: string): Uint8Array[] {
  const both = [accessKey.replaceAll('-', '+').replaceAll('_', '/'), accessKey].map(fromLooseBase64)
  return both.filter(({ length }) => length > 0)
}

/** Returns the bytes that result if the letters and digits of a key are read as hexadecimal. */
function hexBytes(accessKey: string): Uint8Array[] {
  const bytes = fromHex(accessKey.replaceAll('-', ''))
  return bytes === undefined ? [] : [bytes]
}

/** Returns true if the text is the base64 of a UUID, which is the form of EPS's access keys. */
function isEncodedKey(accessKey: string): boolean {
  const decoded = fromBase64(accessKey)
  return decoded !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(ascii(decoded))
}
