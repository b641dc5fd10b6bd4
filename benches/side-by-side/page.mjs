// Code that runs in the page of Chromium and compares the wasm signer with WebCrypto.

import { median } from './numbers.mjs'
import { Signer } from './signer.mjs'
import { against, slices } from './slices.mjs'

const ACCESS_KEY = 'd2fe1d99-6298-4af2-8cc5-d97dcf46df30'

export async function measure(rounds) {
  const signer = new Signer({ accessKey: ACCESS_KEY })
  const utf8 = new TextEncoder()
  const bytes = utf8.encode(btoa(ACCESS_KEY))
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const variants = [
    { name: 'eko-eps, wasm', call: (ms) => signer.sign(ms) },
    {
      name: 'WebCrypto',
      async: true,
      call: async (ms) =>
        btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(String(ms)))))),
    },
  ]
  if ((await variants[1].call(1_700_000_000_000)) !== signer.sign(1_700_000_000_000))
    throw new Error('the two sign differently')
  const results = await slices(variants, rounds)
  const times = against(results, 'WebCrypto')
  return Object.fromEntries(Object.entries(results).map(([name, ns]) => [name, { ns: median(ns), times: times[name] }]))
}
