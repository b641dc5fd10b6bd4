// The signer of `eko-eps/signer`: the class of `eko-eps`, in wasm, for every runtime.
import { optionsFault, timestampFault, valuesFault } from '../signer-rules.js'
import { signature, statesOf } from './core.mjs'
import { refuse } from './errors.mjs'
import { signedHeaders } from './headers.mjs'
import { type Clock, clockOf, type Lane, take } from './stamps.mjs'
import { warnInBrowsers } from './warning.mjs'

/** Options of `new Signer(...)`. */
export interface SignerOptions {
  /** The access key that EPS issued. It signs, and is never sent. */
  accessKey: string
  /** The developer key, if `headers()` shall include it. */
  developerKey?: string
  /**
   * Part `index` of `of` equal parts of all timestamps (`of` up to 32). Use it if services that cannot see each other
   * sign with one developer key.
   */
  lane?: { readonly index: number; readonly of: number }
  /**
   * Silences the warning: this page's access key is not a leaked one, because only trusted people can open the page.
   */
  silenceBrowserWarning?: boolean
}

/**
 * The headers that EPS asks for. They are masked when printed or serialised. Reading, spreading and sending give the
 * real values.
 */
export interface SignedHeaders {
  /** The signature. */
  readonly 'secret-key': string
  /** The timestamp it was made for, in milliseconds. */
  readonly 'secret-key-timestamp': string
  /** The developer key, if the signer has one. */
  readonly developer_key?: string
}

/** Signs for one access key. It is synchronous everywhere, and nothing has to be initialised. */
export class Signer {
  readonly #states: Uint8Array
  readonly #developerKey: string | undefined
  readonly #clock: Clock
  readonly #lane: Lane | undefined

  /**
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
    // Signers of one developer key share its timestamps. The name of the clock must not be the key. It is a signature
    // of a moment in 2001, which no server accepts any more.
    this.#clock = clockOf(signature(developerKey ? statesOf(developerKey) : this.#states, 1e12))
  }

  /**
   * Returns the `secret-key` of a timestamp in milliseconds. It is pure: it reserves nothing, so the caller keeps
   * timestamps unique.
   */
  sign(timestampMs: number): string {
    refuse('invalid_params', timestampFault(timestampMs))
    return signature(this.#states, timestampMs)
  }

  /** Returns fresh headers. Their timestamp is used for nothing else in this realm. Send them within two minutes. */
  headers(): SignedHeaders {
    const timestamp = take(this.#clock, this.#lane)
    return signedHeaders(this.#developerKey, signature(this.#states, timestamp), timestamp)
  }

  /**
   * Returns the `request_hash` of the v1/v2 products over the timestamp and the values, in the product's order. Each
   * value must have exactly the bytes that the body carries: `50` and `50.0` differ.
   */
  requestHash(timestampMs: number, values: readonly string[]): string {
    refuse('invalid_params', timestampFault(timestampMs) || valuesFault(values))
    return signature(this.#states, timestampMs, values.join(''))
  }
}
