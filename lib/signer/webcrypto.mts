// Signer for services without WebAssembly, such as Fastly Compute. It has the same rules and results. It uses the
// WebCrypto of the runtime, which is asynchronous.
import { optionsFault, timestampFault, valuesFault } from '../signer-rules.js'
import { refuse } from './errors.mjs'
import { signedHeaders } from './headers.mjs'
import type { SignedHeaders, SignerOptions } from './signer.mjs'
import { type Clock, clockOf, type Lane, take } from './stamps.mjs'
import { warnInBrowsers } from './warning.mjs'

export type { SignedHeaders, SignerOptions }

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** Imports a key. The HMAC key of EPS is the base64 text of the access key. It cannot be read back from the result. */
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
 * Signs for one access key, asynchronously. It replaces the `Signer` of `eko-eps/signer` where there is no WebAssembly.
 */
export class WebCryptoSigner {
  readonly #key: Promise<CryptoKey>
  readonly #developerKey: string | undefined
  readonly #clock: Promise<Clock>
  readonly #lane: Lane | undefined

  /**
   * @example
   * const signer = new WebCryptoSigner({ accessKey, developerKey })
   * await fetch(url, { headers: { ...(await signer.headers()) } })
   */
  constructor(options: SignerOptions) {
    refuse('invalid_config', optionsFault(options))
    refuse(
      'invalid_config',
      !globalThis.crypto?.subtle &&
        'crypto.subtle is missing: pages need https or localhost; elsewhere use Signer of eko-eps/signer',
    )
    const { accessKey, developerKey, lane, silenceBrowserWarning } = options
    this.#lane = lane && { ...lane }
    if (!silenceBrowserWarning) warnInBrowsers()
    this.#developerKey = developerKey
    this.#key = imported(accessKey)
    // Same clock as that of the wasm signer of this realm for the same key.
    const named = developerKey ? imported(developerKey) : this.#key
    this.#clock = named.then((key) => signature(key, '1000000000000')).then(clockOf)
    // A call that signs rejects with the error. A signer that is not used must not end the process.
    for (const pending of [this.#key, this.#clock]) pending.catch(() => {})
  }

  /**
   * Returns the `secret-key` of a timestamp in milliseconds. It is pure: it reserves nothing, so the caller keeps
   * timestamps unique.
   */
  async sign(timestampMs: number): Promise<string> {
    refuse('invalid_params', timestampFault(timestampMs))
    return signature(await this.#key, `${timestampMs}`)
  }

  /** Returns fresh headers. Their timestamp is used for nothing else in this realm. Send them within two minutes. */
  async headers(): Promise<SignedHeaders> {
    const timestamp = take(await this.#clock, this.#lane)
    return signedHeaders(this.#developerKey, await signature(await this.#key, `${timestamp}`), timestamp)
  }

  /**
   * Returns the `request_hash` of the v1/v2 products over the timestamp and the values, in the product's order. Each
   * value must have exactly the bytes that the body carries: `50` and `50.0` differ.
   */
  async requestHash(timestampMs: number, values: readonly string[]): Promise<string> {
    refuse('invalid_params', timestampFault(timestampMs) || valuesFault(values))
    return signature(await this.#key, timestampMs + values.join(''))
  }
}
