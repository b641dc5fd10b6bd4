// Reads the text of the native side: an answer, or a refusal that starts with `!`.
import { fromRefusal } from './errors.js'

const REFUSED = 33 // '!'

/** Returns the text. Throws the error if the text is a refusal. */
export function read(text: string): string {
  if (text.charCodeAt(0) === REFUSED) throw fromRefusal(text)
  return text
}

/** Returns the native object. Throws the error if the value is the text of a refusal. */
export function made<T extends object>(value: T | string): T {
  if (typeof value === 'string') throw fromRefusal(value)
  return value
}

function given(value: object): object {
  return value
}

/** Constructor that returns its argument, so that a subclass adds its private field to that object. */
const Given = given as unknown as new (value: object) => object

/** Keeps a body with its outcome, where code that prints or copies objects cannot reach it. */
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

/** Property `raw` of all outcomes. With a function of its own, each outcome would get its own object shape. */
const RAW: PropertyDescriptor = {
  get(this: object) {
    return Body.of(this)
  },
  enumerable: false,
}

/** Adds `raw` to an outcome. It is readable, but neither printed nor serialised, because it may hold personal data. */
export function withRaw<T extends object>(value: T, raw: string | undefined): T {
  return Object.defineProperty(new Body(value, raw) as T, 'raw', RAW)
}

/** Reads the outcome from this text. */
export function outcome(text: string, raw: string | undefined): object {
  return withRaw(JSON.parse(read(text)) as object, raw)
}
