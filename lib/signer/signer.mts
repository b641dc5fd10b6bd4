// The signer of `eko-eps/signer`: the class of `eko-eps`, in wasm, for every runtime.
import { optionsFault, timestampFault, valuesFault } from '../signer-rules.js'
import { signature, statesOf } from './core.mjs'
import { refuse } from './errors.mjs'
import { signedHeaders } from './headers.mjs'
import { type Clock, clockOf, type Lane, take } from './stamps.mjs'
import { warnInBrowsers } from './warning.mjs'

/** What `new Signer(...)` takes. */
export interface SignerOptions {
  /** The access key that EPS issued. It signs, and never travels. */
  accessKey: string
  /** The developer key, when `headers()` shall include it. */
  developerKey?: string
  /**
   * Part `index` of `of` equal parts of all timestamps (`of` up to 32): where services that cannot see each other sign with one
   * developer key.
   */
  lane?: { readonly index: number; readonly of: number }
  /** Says that this page's access key is not a leaked one: only trusted people can open the page. */
  silenceBrowserWarning?: boolean
}

/** The headers EPS asks for. Masked when printed or serialised; reading, spreading and sending give the real values. */
export interface SignedHeaders {
  /** The signature. */
  readonly 'secret-key': string
  /** The timestamp it was made for, in milliseconds. */
  readonly 'secret-key-timestamp': string
  /** The developer key, if the signer has one. */
  readonly developer_key?: string
}

/** Signs for one access key. Synchronous everywhere, and nothing has to be initialised. */
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
    // Signers of one developer key share its timestamps. A key must not name the clock: a signature does, of a moment in
    // 2001 that no server accepts any more.
    this.#clock = clockOf(signature(developerKey ? statesOf(developerKey) : this.#states, 1e12))
  }

  /** The `secret-key` of a timestamp in milliseconds. Pure: it reserves nothing, so keeping timestamps unique is yours. */
  sign(timestampMs: number): string {
    refuse('invalid_params', timestampFault(timestampMs))
    return signature(this.#states, timestampMs)
  }

  /** Fresh headers: their timestamp is used for nothing else in this realm. Send them within two minutes. */
  headers(): SignedHeaders {
    const timestamp = take(this.#clock, this.#lane)
    return signedHeaders(this.#developerKey, signature(this.#states, timestamp), timestamp)
  }

  /**
   * The `request_hash` of the v1/v2 products over the timestamp and the values, in the product's order. Each value must be
   * byte for byte what the body carries: `50` and `50.0` differ.
   */
  requestHash(timestampMs: number, values: readonly string[]): string {
    refuse('invalid_params', timestampFault(timestampMs) || valuesFault(values))
    return signature(this.#states, timestampMs, values.join(''))
  }
}
