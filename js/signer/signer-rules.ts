// Rules for the input of a signer. The native, the WebAssembly and the WebCrypto signer share them, so this file
// imports nothing. Each check returns a text that says what is wrong and what to do, or false. No text repeats a value,
// because the value may be a key or a customer's number. A lane is a share of all timestamps.

/**
 * Returns true if the value is text that UTF-8 can encode (half of a surrogate pair cannot be encoded) and that fits
 * into the memory of the WebAssembly signer. Real keys and values are far shorter than this limit. The pattern avoids
 * `\P{Surrogate}`, which some engines do not support.
 */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[^\ud800-\udfff]{0,6144}$/u.test(value)
}

/**
 * Kinds of characters that no access key contains, but that files, environments and editors add. If a character belongs
 * to several kinds, the first kind counts. `src/sign/key.rs` has the same rule for keys that never become a JavaScript
 * string. The patterns avoid `\p{White_Space}`, which some engines do not support.
 */
const KINDS = [
  ['a NUL character', /\0/],
  ['a line break', /[\n-\r\x85\u2028\u2029]/],
  ['a byte order mark', /\ufeff/],
  ['a blank', /\s/],
  ['a quotation mark', /["'`´«»‘-‟‹›]/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match control characters
  ['a control character', /[\0-\x1f\x7f-\x9f]/],
  ['an invisible character', /[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb]/],
] as const

/** Returns the kind of a character that no access key contains; `undefined` for any other character. */
export function neverInKeys(char: string): string | undefined {
  return KINDS.find(([, set]) => set.test(char))?.[0]
}

/** Returns the fault of an access key, or false. EPS would answer only that the signature is wrong. */
export function accessKeyFault(key: unknown): string | false {
  if (!isText(key) || !key)
    return 'accessKey must be text, 1 to 6144 characters, no lone surrogates: give it as EPS issued it'
  const chars = [...key]
  const at = chars.findIndex(neverInKeys)
  return (
    at >= 0 &&
    `accessKey has ${neverInKeys(chars[at] as string)} ${
      !at ? 'at its start' : chars.slice(at).every(neverInKeys) ? 'at its end' : 'inside'
    }: give it as EPS issued it`
  )
}

/** Returns the fault of a signer's options, or false. The developer key is sent in a header without any encoding. */
export function optionsFault(options: unknown): string | false {
  const {
    accessKey,
    developerKey = '-',
    lane,
    silenceBrowserWarning,
    ...rest
  } = Object(options) as Record<string, unknown>
  for (const name of Object.keys(rest))
    return `${name} is not an option: give { accessKey, developerKey, lane, silenceBrowserWarning }`
  return (
    accessKeyFault(accessKey) ||
    (lane !== undefined && laneFault(lane)) ||
    ((!isText(developerKey) || !/^[!#-&(-_a-~]+$/.test(developerKey)) &&
      'developerKey must be text, 1 to 6144 characters of visible ASCII without spaces or quotes: give it as EPS issued it')
  )
}

/** Returns the fault of a lane, or false. */
export function laneFault(lane: unknown): string | false {
  const { index, of, ...rest } = Object(lane) as Record<string, number>
  const whole = Number.isInteger(of) && Number.isInteger(index) && !Object.keys(rest).length
  return (
    !(whole && (of as number) <= 32 && (index as number) >= 0 && (index as number) < (of as number)) &&
    'lane must be { index, of }: `of` from 1 to 32 machines, `index` from 0 to of - 1'
  )
}

/** Returns the fault of a timestamp, or false. */
export function timestampFault(value: unknown): string | false {
  return (
    !(Number.isInteger(value) && (value as number) >= 1e12 && (value as number) < 1e13) &&
    'timestamp must be milliseconds since 1970, an integer of 13 digits (10 digits are seconds): use Date.now()'
  )
}

/** Returns the fault of the values for a request hash, or false. */
export function valuesFault(values: unknown): string | false {
  return (
    !(Array.isArray(values) && [...values].every(isText) && isText(values.join(''))) &&
    "values must be a list of text, 6144 characters in all, exactly as in the body: '50' and '50.0' differ"
  )
}
