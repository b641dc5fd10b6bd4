// Signer for services without WebAssembly, such as Fastly Compute. It has the same rules and results as the other
// signers. It is asynchronous, because the WebCrypto of the runtime is.

import { refuse } from './errors.mjs'
import { signedHeaders } from './headers.mjs'
import type { SignedHeaders, SignerOptions } from './signer.mjs'
import { optionsFault, timestampFault, valuesFault } from './signer-rules.js'
import { type Clock, clockOf, type LaneShare, take } from './stamps.mjs'
import { warnInBrowsers } from './warning.mjs'

export type { SignedHeaders, SignerOptions }

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/**
 * Imports a key for HMAC. The HMAC key of EPS is the base64 text of the access key. Code cannot read the key back from
 * the result.
 */
function imported(key: string): Promise<CryptoKey> {
  const text = new TextEncoder().encode(base64(new TextEncoder().encode(key)))
  return crypto.subtle.importKey('raw', text, HMAC, false, ['sign'])
}

async function signature(key: CryptoKey, message: string): Promise<string> {
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(message))))
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/**
 * Signer for one access key with asynchronous methods. Use it instead of the `Signer` of `eko-eps/signer` where
 * WebAssembly is not available.
 */
export class WebCryptoSigner {
  readonly #key: Promise<CryptoKey>
  readonly #developerKey: string | undefined
  readonly #clock: Promise<Clock>
  readonly #lane: LaneShare | undefined

  /**
   * Creates a signer. Throws an error with code `invalid_config` if an option is not usable.
   *
   * @example
   * const signer = new WebCryptoSigner({ accessKey, developerKey })
   * await fetch(url, { headers: { ...(await signer.headers()) } })
   */
  constructor(options: SignerOptions) {
    refuse('invalid_config', optionsFault(options))
    refuse(
      'invalid_config',
      !globalThis.crypto?.subtle &&
        'crypto.subtle is missing: use https or localhost in a page, and Signer of eko-eps/signer elsewhere',
    )
    const { accessKey, developerKey, lane, silenceBrowserWarning } = options
    this.#lane = lane && { ...lane }
    if (!silenceBrowserWarning) warnInBrowsers()
    this.#developerKey = developerKey
    this.#key = imported(accessKey)
    // In one realm, this signer and the WebAssembly signer use the same clock for the same key.
    const named = developerKey ? imported(developerKey) : this.#key
    this.#clock = named.then((key) => signature(key, '1000000000000')).then(clockOf)
    // The methods reject if the key cannot be imported. If no method is called, that failure must not end the process.
    for (const pending of [this.#key, this.#clock]) pending.catch(() => {})
  }

  /**
   * Resolves to the `secret-key` for a timestamp in milliseconds since 1970. Use each timestamp only once: this method
   * does not reserve it.
   */
  async sign(timestampMs: number): Promise<string> {
    refuse('invalid_params', timestampFault(timestampMs))
    return signature(await this.#key, `${timestampMs}`)
  }

  /**
   * Resolves to headers with a new timestamp that nothing else in this realm (page, worker or process) uses. Send the
   * headers within two minutes.
   */
  async headers(): Promise<SignedHeaders> {
    const timestamp = take(await this.#clock, this.#lane)
    return signedHeaders(this.#developerKey, await signature(await this.#key, `${timestamp}`), timestamp)
  }

  /**
   * Resolves to the `request_hash` of the v1/v2 products for a timestamp and values in the product's order. Each value
   * must be exactly as in the body: `50` and `50.0` differ.
   */
  async requestHash(timestampMs: number, values: readonly string[]): Promise<string> {
    refuse('invalid_params', timestampFault(timestampMs) || valuesFault(values))
    return signature(await this.#key, timestampMs + values.join(''))
  }
}
