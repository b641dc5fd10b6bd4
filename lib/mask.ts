// Signed headers are secret, because anyone who has them can sign in for two minutes. They are masked when they are
// printed or serialised. Reading them, spreading them and giving them to an HTTP client give the real values.

const INSPECT = Symbol.for('nodejs.util.inspect.custom')
const HIDDEN = '[hidden]'

/** Names of the headers that hold secrets. */
const SECRET = new Set(['developer_key', 'secret-key', 'request_hash'])

/** Returns the headers with their secrets masked. */
export function masked(headers: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) shown[name] = SECRET.has(name.toLowerCase()) ? HIDDEN : value
  return shown
}

/**
 * Creates a prototype whose objects print and serialise as the result of `show`. It has no prototype of its own, and it
 * has the usual methods. HTTP clients that accept plain objects only, such as axios, therefore accept its objects. It
 * costs nothing per object.
 */
function prototype<T extends object>(show: (self: T) => unknown): object {
  const names = [
    'constructor',
    'hasOwnProperty',
    'isPrototypeOf',
    'propertyIsEnumerable',
    'toLocaleString',
    'toString',
    'valueOf',
  ]
  const base = Object.create(null) as Record<string | symbol, unknown>
  for (const name of names) base[name] = Object.prototype[name as 'toString']
  base.toJSON = function (this: T) {
    return show(this)
  }
  base[INSPECT] = base.toJSON
  for (const key of Reflect.ownKeys(base)) Object.defineProperty(base, key, { enumerable: false })
  return base
}

/** Prototype of signed headers. */
const signedHeaders: object = prototype(masked)

/**
 * Creates an empty object for signed headers. It has the internal slots of a generator, which `structuredClone` refuses
 * in every runtime, and no other part of a generator. A proxy has the same effect, but makes each read many times
 * slower.
 */
export const emptyHeaders = function* (): Generator {} as unknown as () => Record<string, string>
Object.defineProperty(emptyHeaders, 'prototype', { value: signedHeaders })

/** Prototype of signed requests. The path and the query may hold a customer's number, and the body may hold an OTP. */
export const signedRequest: object = prototype(
  (self: { method: string; url: string; headers: Record<string, string>; body: string | null }) => ({
    method: self.method,
    url: `${self.url.split('/', 3).join('/')}/${HIDDEN}`,
    headers: masked(self.headers),
    body: self.body === null ? null : HIDDEN,
  }),
)
