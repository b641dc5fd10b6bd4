// Signed headers give access for two minutes to any code that has them. So they are masked when they are printed or
// serialised. Reading, spreading and passing them to an HTTP client give the real values.
import type { SignedHeaders } from './signer.mjs'

const show = {
  value(this: object): object {
    const shown = { ...this } as Record<string, string>
    for (const name in shown) if (/key$/.test(name)) shown[name] = '[hidden]'
    return shown
  },
}

// Prototype without a parent, with the usual methods. HTTP clients that want plain objects, such as axios, accept it.
const masks = Object.create(null, {
  ...Object.getOwnPropertyDescriptors(Object.prototype),
  [Symbol.for('nodejs.util.inspect.custom')]: show,
  toJSON: show,
})

/** Returns the headers in a proxy. structuredClone copies other objects, even with masks. */
export function signedHeaders(developerKey: string | undefined, secretKey: string, timestamp: number): SignedHeaders {
  const headers = Object.create(masks)
  if (developerKey) headers.developer_key = developerKey
  headers['secret-key'] = secretKey
  headers['secret-key-timestamp'] = `${timestamp}`
  return new Proxy(headers, {})
}
