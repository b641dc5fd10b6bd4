// Signed headers are for sending: whoever has them can sign in for two minutes. So they print and serialise masked,
// while reading, spreading and handing them to an HTTP client give the real values.

const INSPECT = Symbol.for('nodejs.util.inspect.custom')
const HIDDEN = '[hidden]'

/** Header names whose value opens the door. */
const SECRET = new Set(['developer_key', 'secret-key', 'request_hash'])

/** The values as they may be shown. */
export function masked(headers: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) shown[name] = SECRET.has(name.toLowerCase()) ? HIDDEN : value
  return shown
}

/**
 * A prototype whose objects show what `show` makes of them. It has no prototype of its own and the usual methods, so that
 * HTTP clients that accept plain objects only, as axios does, take them. Per object it costs nothing.
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

/** The prototype of signed headers. */
const signedHeaders: object = prototype(masked)

/**
 * Makes signed headers without their values. They have the inner parts of a generator, which `structuredClone` refuses in every
 * runtime, and nothing else of one. A proxy does the same, but makes each reading many times dearer.
 */
export const emptyHeaders = function* (): Generator {} as unknown as () => Record<string, string>
Object.defineProperty(emptyHeaders, 'prototype', { value: signedHeaders })

/** The prototype of signed requests. The path and the query may hold a customer's number, and the body an OTP. */
export const signedRequest: object = prototype(
  (self: { method: string; url: string; headers: Record<string, string>; body: string | null }) => ({
    method: self.method,
    url: `${self.url.split('/', 3).join('/')}/${HIDDEN}`,
    headers: masked(self.headers),
    body: self.body === null ? null : HIDDEN,
  }),
)
