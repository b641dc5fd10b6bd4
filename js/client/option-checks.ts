// Checks that the options of a client, of the journal and of debits share.
import { refuse } from './errors.js'

/** @internal */
export function configError(message: string): Error {
  return refuse('invalid_config', message, 'Correct the option that the message names.')
}

/** Returns the edit distance of two names: the number of letters to add, remove or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    row = next
  }
  return row[b.length] ?? 0
}

/**
 * Returns the options without those that are undefined. Throws for a name that is not one of `names`, and suggests the
 * most similar name. @internal
 */
export function knownOptions(what: string, options: unknown, names: readonly string[]): Record<string, unknown> {
  if (!isRecord(options))
    throw configError(`${what} takes an object of options: { ${names.slice(0, 2).join(', ')}, ... }`)
  const given: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (names.includes(name)) {
      if (value !== undefined) given[name] = value
      continue
    }
    const plain = name.toLowerCase().replace(/[^a-z]/g, '')
    const nearest = [...names].sort((a, b) => distance(plain, a.toLowerCase()) - distance(plain, b.toLowerCase()))[0]
    throw configError(`${JSON.stringify(name.slice(0, 40))} is not an option of ${what}: did you mean ${nearest}?`)
  }
  return given
}

/** Returns true for an object with named values, or the namespace of a module, but not for a list, Map or Date. @internal */
export function isRecord(value: unknown): value is object {
  return ['[object Object]', '[object Module]'].includes(Object.prototype.toString.call(value))
}

/** Checks that an option is a whole number, unless it is absent. Rust checks its range. @internal */
export function whole(name: string, value: unknown): void {
  if (value !== undefined && !Number.isSafeInteger(value))
    throw configError(`${name} must be a whole number, at most 9007199254740991`)
}

/** Checks that an option is a usable string, and returns it. The error message never repeats the value. @internal */
export function textOption(name: string, value: unknown): string {
  if (typeof value !== 'string')
    throw configError(`${name} must be text, not ${value === null ? 'null' : typeof value}`)
  if (value === '') throw configError(`${name} is empty: give the value that EPS issued, or leave the option out`)
  // Text with half of a surrogate pair is not valid UTF-8, so Rust cannot take it.
  if (/\p{Surrogate}/u.test(value))
    throw configError(`${name} contains a lone surrogate: give text that is valid Unicode`)
  // An access key with a NUL character is checked in Rust, whose message says more.
  if (value.includes('\0') && name !== 'accessKey')
    throw configError(`${name} contains a NUL character: it was probably read from a binary or padded source`)
  return value
}
