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

function given(value: object): object {
  return value
}

/** A constructor that gives back what it is given, so that a class below it adds its private field to that. */
const Given = given as unknown as new (value: object) => object

/** Keeps a body with its outcome, out of reach of whatever prints or copies objects. */
class Body extends Given {
  readonly #raw: string | undefined

  constructor(value: object, raw: string | undefined) {
    super(value)
    this.#raw = raw
  }

  static of(value: object): string | undefined {
    return #raw in value ? value.#raw : undefined
  }
}

/** One for all outcomes: with a function of its own each would get a shape of its own. */
const RAW: PropertyDescriptor = {
  get(this: object) {
    return Body.of(this)
  },
  enumerable: false,
}

/** Gives an outcome its `raw`: readable, but neither printed nor serialised, for it may hold personal data. */
export function withRaw<T extends object>(value: T, raw: string | undefined): T {
  return Object.defineProperty(new Body(value, raw) as T, 'raw', RAW)
}

/** The outcome in this text. */
export function outcome(text: string, raw: string | undefined): object {
  return withRaw(JSON.parse(read(text)) as object, raw)
}
