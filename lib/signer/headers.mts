// Signed headers are for sending: whoever has them can sign in for two minutes. So they print and serialise masked, while
// reading, spreading and handing them to an HTTP client give the real values.
import type { SignedHeaders } from './signer.mjs'

const show = {
  value(this: object): object {
    const shown = { ...this } as Record<string, string>
    for (const name in shown) if (/key$/.test(name)) shown[name] = '[hidden]'
    return shown
  },
}

// A prototype without a parent and with the usual methods: HTTP clients that want plain objects, as axios does, take those.
const masks = Object.create(null, {
  ...Object.getOwnPropertyDescriptors(Object.prototype),
  [Symbol.for('nodejs.util.inspect.custom')]: show,
  toJSON: show,
})

/** The headers. In a proxy, for structuredClone copies what is not one, masks or no masks. */
export function signedHeaders(developerKey: string | undefined, secretKey: string, timestamp: number): SignedHeaders {
  const headers = Object.create(masks)
  if (developerKey) headers.developer_key = developerKey
  headers['secret-key'] = secretKey
  headers['secret-key-timestamp'] = `${timestamp}`
  return new Proxy(headers, {})
}
