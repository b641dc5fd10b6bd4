// Reads the text that the native module returns: an answer, or a refusal that starts with `!`.
import { fromRefusal } from './errors.js'

const REFUSED = 33 // '!'

/** Returns the text if it is an answer. Throws the error if it is a refusal. */
export function read(text: string): string {
  if (text.charCodeAt(0) === REFUSED) throw fromRefusal(text)
  return text
}

/** Returns the value if it is a native object. Throws the error if it is the text of a refusal. */
export function made<T extends object>(value: T | string): T {
  if (typeof value === 'string') throw fromRefusal(value)
  return value
}

function given(value: object): object {
  return value
}

/**
 * Constructor that returns its argument. A subclass then adds its private field to that argument, not to a new object.
 */
const Given = given as unknown as new (value: object) => object

/**
 * Attaches the raw body to an outcome as a private field, so that code which prints or copies the outcome cannot read
 * it.
 */
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

/**
 * Descriptor of the property `raw`. All outcomes share one getter, so that the engine gives them the same object shape.
 */
const RAW: PropertyDescriptor = {
  get(this: object) {
    return Body.of(this)
  },
  enumerable: false,
}

/**
 * Adds the property `raw` to an outcome. Code can read it, but it is neither printed nor serialised, because it may
 * contain personal data.
 */
export function withRaw<T extends object>(value: T, raw: string | undefined): T {
  return Object.defineProperty(new Body(value, raw) as T, 'raw', RAW)
}

/** Converts the native text of an answer to an outcome. Throws the error if the text is a refusal. */
export function outcome(text: string, raw: string | undefined): object {
  return withRaw(JSON.parse(read(text)) as object, raw)
}
