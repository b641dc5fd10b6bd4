// The rules of a signer's input. They import nothing, so that the wasm signer and the native one can share them. Each check
// gives what is wrong and what to do, or undefined. None repeats a value: it may be a key or a customer's number.

/**
 * Whether this is text that can be encoded without loss (half of a surrogate pair cannot), and no longer than the wasm
 * signer has memory for: far longer than any real key or value.
 */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^\P{Surrogate}{0,6144}$/u.test(value)
}

/** What is wrong with an access key. */
export function accessKeyFault(key: unknown): string | undefined {
  return isText(key) && /^[^\0]+$/.test(key)
    ? undefined
    : 'accessKey must be text, not empty, without NUL or half characters: give it as EPS issued it'
}

/** What is wrong with a developer key, which goes into a header as it is. */
export function developerKeyFault(key: unknown): string | undefined {
  return key === undefined || (isText(key) && /^[!-~]+$/.test(key))
    ? undefined
    : 'developerKey must be visible ASCII without spaces or line breaks: give it as EPS issued it'
}

/** What is wrong with a timestamp. */
export function timestampFault(value: unknown): string | undefined {
  return Number.isInteger(value) && (value as number) >= 1e12 && (value as number) < 1e13
    ? undefined
    : 'timestamp must be milliseconds since 1970, an integer of 13 digits (10 digits are seconds): use Date.now()'
}

/** What is wrong with the values of a request hash. */
export function valuesFault(values: unknown): string | undefined {
  return Array.isArray(values) && [...values].every(isText) && isText(values.join(''))
    ? undefined
    : "values must be a list of texts as the body carries them: '50' and '50.0' differ"
}
