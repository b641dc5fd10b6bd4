// Signed headers are for sending: whoever has them can sign in for two minutes. So they print and serialise masked, while
// reading, spreading and handing them to an HTTP client give the real values.
import type { SignedHeaders } from './signer.mjs'

class Masked {
  declare developer_key?: string
  declare 'secret-key': string
  declare 'secret-key-timestamp': string

  constructor(developerKey: string | undefined, secretKey: string, timestamp: number) {
    if (developerKey) this.developer_key = developerKey
    this['secret-key'] = secretKey
    this['secret-key-timestamp'] = String(timestamp)
  }

  toJSON(): object {
    const shown = { ...(this as object) } as Record<string, string>
    for (const name in shown) if (/key$/.test(name)) shown[name] = '[hidden]'
    return shown
  }
}

// A prototype without a parent and with the usual methods: HTTP clients that want plain objects, as axios does, take those.
Object.setPrototypeOf(
  Object.defineProperties(Masked.prototype, {
    ...Object.getOwnPropertyDescriptors(Object.prototype),
    [Symbol.for('nodejs.util.inspect.custom')]: { value: Masked.prototype.toJSON },
  }),
  null,
)

/** The headers. In a proxy, for structuredClone copies what is not one, masks or no masks. */
export function signedHeaders(developerKey: string | undefined, secretKey: string, timestamp: number): SignedHeaders {
  return new Proxy(new Masked(developerKey, secretKey, timestamp), {})
}
