// Masks signed headers when they are printed or serialised, because anyone can authenticate with them for two minutes.
// Code that reads, spreads or sends the headers gets the real values.

const INSPECT = Symbol.for('nodejs.util.inspect.custom')
const HIDDEN = '[hidden]'

/** Names of the headers that hold secrets. */
const SECRET = new Set(['developer_key', 'secret-key', 'request_hash'])

/** Returns a copy of the headers in which the secret values are masked. */
export function masked(headers: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) shown[name] = SECRET.has(name.toLowerCase()) ? HIDDEN : value
  return shown
}

/**
 * Creates a prototype whose objects are printed and serialised as the result of `show`. The prototype has no parent,
 * but has the methods of `Object.prototype`, so that HTTP clients that accept only plain objects, such as axios, accept
 * its objects. A shared prototype adds no cost to an object.
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

const signedHeaders: object = prototype(masked)

/**
 * Creates an empty object for signed headers. Internally, the engine treats the object as a generator, although it has
 * none of a generator's methods. `structuredClone` therefore refuses to copy it in every runtime. A proxy also prevents
 * a copy, but makes each read many times slower.
 */
export const emptyHeaders = function* (): Generator {} as unknown as () => Record<string, string>
Object.defineProperty(emptyHeaders, 'prototype', { value: signedHeaders })

/**
 * Prototype of signed requests. It masks the path and the query, which may contain a customer's number, and the body,
 * which may contain an OTP.
 */
export const signedRequest: object = prototype(
  (self: { method: string; url: string; headers: Record<string, string>; body: string | null }) => ({
    method: self.method,
    url: `${self.url.split('/', 3).join('/')}/${HIDDEN}`,
    headers: masked(self.headers),
    body: self.body === null ? null : HIDDEN,
  }),
)
