// Masks signed headers when they are printed or serialised, because anyone can authenticate with them for two minutes.
// Code that reads, spreads or sends the headers gets the real values.
// This file and signer.mts import each other. This is harmless, because this file imports only a type. The type is
// declared in signer.mts, whose declarations are published.
import type { SignedHeaders } from './signer.mjs'

const show = {
  value(this: object): object {
    const shown = { ...this } as Record<string, string>
    for (const name in shown) if (/key$/.test(name)) shown[name] = '[hidden]'
    return shown
  },
}

// This prototype has no parent, but has the usual methods of `Object.prototype`. HTTP clients that accept only plain
// objects, such as axios, therefore accept the headers.
const masks = Object.create(null, {
  ...Object.getOwnPropertyDescriptors(Object.prototype),
  [Symbol.for('nodejs.util.inspect.custom')]: show,
  toJSON: show,
})

/** Returns the headers in a proxy, because structuredClone would copy the secrets of any other object. */
export function signedHeaders(developerKey: string | undefined, secretKey: string, timestamp: number): SignedHeaders {
  const headers = Object.create(masks)
  if (developerKey) headers.developer_key = developerKey
  headers['secret-key'] = secretKey
  headers['secret-key-timestamp'] = `${timestamp}`
  return new Proxy(headers, {})
}
