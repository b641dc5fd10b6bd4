// The rules of a signer's input, shared by the native signer, the wasm one and the one on WebCrypto: they import nothing.
// Each check gives what is wrong and what to do, or false. None repeats a value: it may be a key or a customer's number.

/**
 * Whether this is text that can be encoded without loss (half of a surrogate pair cannot), and no longer than the wasm
 * signer has memory for: far longer than any real key or value. (Some engines know no `\P{Surrogate}`.)
 */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[^\ud800-\udfff]{0,6144}$/u.test(value)
}

/** What is wrong with a signer's options. A developer key goes into a header as it is. */
export function optionsFault(options: unknown): string | false {
  const { accessKey, developerKey = '-', silenceBrowserWarning, ...rest } = Object(options) as Record<string, unknown>
  for (const name of Object.keys(rest))
    return `${name} is no option: give { accessKey, developerKey, silenceBrowserWarning }`
  return !isText(accessKey) || !/^[^\0]+$/.test(accessKey)
    ? 'accessKey must be text, 1 to 6144 characters without NUL or half ones: give it as EPS issued it'
    : (!isText(developerKey) || !/^[!-~]+$/.test(developerKey)) &&
        'developerKey must be text, 1 to 6144 characters of visible ASCII without spaces: give it as EPS issued it'
}

/** What is wrong with a timestamp. */
export function timestampFault(value: unknown): string | false {
  return (
    !(Number.isInteger(value) && (value as number) >= 1e12 && (value as number) < 1e13) &&
    'timestamp must be milliseconds since 1970, an integer of 13 digits (10 digits are seconds): use Date.now()'
  )
}

/** What is wrong with the values of a request hash. */
export function valuesFault(values: unknown): string | false {
  return (
    !(Array.isArray(values) && [...values].every(isText) && isText(values.join(''))) &&
    "values must be a list of text, 6144 characters in all, as the body carries it: '50' and '50.0' differ"
  )
}
