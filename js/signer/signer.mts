// The signer of `eko-eps/signer`: the same class as in `eko-eps`, implemented in WebAssembly, for every runtime.

import { signature, statesOf } from './core.mjs'
import { refuse } from './errors.mjs'
import { signedHeaders } from './headers.mjs'
import { optionsFault, timestampFault, valuesFault } from './signer-rules.js'
import { type Clock, clockOf, type LaneShare, take } from './stamps.mjs'
import { warnInBrowsers } from './warning.mjs'

/** Options for `new Signer(...)`. */
export interface SignerOptions {
  /** Access key that EPS issued. It signs the requests and is never sent. */
  accessKey: string
  /** Developer key. If it is given, `headers()` includes it. */
  developerKey?: string | undefined
  /**
   * Share of all timestamps that this service may sign with: number `index` of `of` equal shares (`of` up to 32). Set
   * it if several services sign with one developer key and cannot see each other's used timestamps.
   */
  lane?: { readonly index: number; readonly of: number } | undefined
  /**
   * Switches off the warning that the signer prints in a web page. Use it only if all visitors of the page are trusted,
   * because they can read the access key.
   */
  silenceBrowserWarning?: boolean | undefined
}

/**
 * Signed headers that EPS requires. They are masked when printed or serialised; code that reads, spreads or sends them
 * gets the real values.
 */
export interface SignedHeaders {
  /** Signature of the timestamp. */
  readonly 'secret-key': string
  /** Signed timestamp, in milliseconds since 1970, as text. */
  readonly 'secret-key-timestamp': string
  /** Developer key, if the signer has one. */
  readonly developer_key?: string
}

/** Signer for one access key. All methods are synchronous in every runtime, and no initialisation is needed. */
export class Signer {
  readonly #states: Uint8Array
  readonly #developerKey: string | undefined
  readonly #clock: Clock
  readonly #lane: LaneShare | undefined

  /**
   * Creates a signer. Throws an error with code `invalid_config` if an option is not usable.
   *
   * @example
   * const signer = new Signer({ accessKey, developerKey })
   * await fetch(url, { headers: { ...signer.headers() } })
   */
  constructor(options: SignerOptions) {
    refuse('invalid_config', optionsFault(options))
    const { accessKey, developerKey, lane, silenceBrowserWarning } = options
    this.#lane = lane && { ...lane }
    if (!silenceBrowserWarning) warnInBrowsers()
    this.#states = statesOf(accessKey)
    this.#developerKey = developerKey
    // Signers with the same developer key share one clock of used timestamps. The name of the clock must not reveal the
    // key. It is therefore a signature of a moment in 2001, which no server accepts any more.
    this.#clock = clockOf(signature(developerKey ? statesOf(developerKey) : this.#states, 1e12))
  }

  /**
   * Returns the `secret-key` for a timestamp in milliseconds since 1970. Use each timestamp only once: this method does
   * not reserve it.
   */
  sign(timestampMs: number): string {
    refuse('invalid_params', timestampFault(timestampMs))
    return signature(this.#states, timestampMs)
  }

  /**
   * Returns headers with a new timestamp that nothing else in this realm (page, worker or process) uses. Send the
   * headers within two minutes.
   */
  headers(): SignedHeaders {
    const timestamp = take(this.#clock, this.#lane)
    return signedHeaders(this.#developerKey, signature(this.#states, timestamp), timestamp)
  }

  /**
   * Returns the `request_hash` of the v1/v2 products for a timestamp and values in the product's order. Each value must
   * be exactly as in the body: `50` and `50.0` differ.
   */
  requestHash(timestampMs: number, values: readonly string[]): string {
    refuse('invalid_params', timestampFault(timestampMs) || valuesFault(values))
    return signature(this.#states, timestampMs, values.join(''))
  }
}
