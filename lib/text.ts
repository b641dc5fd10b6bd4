// Reading what the native side says: text, or a refusal that starts with `!`.
import { fromRefusal } from './errors.js'

const REFUSED = 33 // '!'

/** The text; a refusal is thrown as its error. */
export function read(text: string): string {
  if (text.charCodeAt(0) === REFUSED) throw fromRefusal(text)
  return text
}

/** The object of functions; a refusal is thrown as its error. */
export function made<T extends object>(value: T | string): T {
  if (typeof value === 'string') throw fromRefusal(value)
  return value
}

/** The outcome in this text. Its `raw` is readable, but neither printed nor serialised: it may hold personal data. */
export function outcome(text: string): object {
  const value = JSON.parse(read(text)) as { raw?: string }
  const { raw } = value
  delete value.raw
  return Object.defineProperty(value, 'raw', { get: () => raw, enumerable: false })
}
