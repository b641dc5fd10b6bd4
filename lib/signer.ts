// The native signer. `eko-eps/signer` has the same class in wasm.

import { refuse } from './errors.js'
import { emptyHeaders } from './mask.js'
import { type NativeSigner, native } from './native.js'
import { configError, type Lane } from './options.js'
import { optionsFault, timestampFault, valuesFault } from './signer-rules.js'
import { made, read } from './text.js'

/** Options of `new Signer(...)`. */
export interface SignerOptions {
  /** Access key that EPS issued. It signs requests and is never sent. */
  accessKey: string
  /** Developer key. Give it if `headers()` shall include it. */
  developerKey?: string
  /**
   * Part of all timestamps that this machine uses, one of up to 32 equal parts. Give it if machines that cannot see
   * each other sign with one developer key.
   */
  lane?: Lane
  /**
   * Switches off the warning that a signer in a web page gives (`eko-eps/signer`). Use it only if all who can open the
   * page are trusted. It has no effect here.
   */
  silenceBrowserWarning?: boolean
}

/**
 * Headers that EPS requires. They are masked when printed or serialised. Reading, spreading and sending give the real
 * values.
 */
export interface SignedHeaders {
  /** Signature of the timestamp. */
  readonly 'secret-key': string
  /** Timestamp that was signed, in milliseconds since 1970, as text. */
  readonly 'secret-key-timestamp': string
  /** Developer key, if the signer has one. */
  readonly developer_key?: string
}

const SIGNATURE_LENGTH = 44
const REFUSED = 33 // '!'

/** Signs for one access key. The key is held in native memory and is wiped when the signer is garbage-collected. */
export class Signer {
  readonly #native: NativeSigner
  readonly #developerKey: string | undefined

  /**
   * Creates a signer. Throws an `EkoError` with code `invalid_config` if an option is not usable.
   *
   * @example
   * const signer = new Signer({ accessKey, developerKey })
   * await fetch(url, { headers: { ...signer.headers() } })
   */
  constructor(options: SignerOptions) {
    const fault = optionsFault(options)
    if (fault) throw configError(fault)
    const { accessKey, developerKey, lane } = options
    if (developerKey !== undefined) this.#developerKey = developerKey
    this.#native = made(native.createSigner(accessKey, developerKey ?? null, lane?.index ?? null, lane?.of ?? null))
  }

  /**
   * Returns the `secret-key` of a timestamp in milliseconds since 1970. It reserves nothing, so the caller must keep
   * timestamps unique.
   */
  sign(timestampMs: number): string {
    if (typeof timestampMs !== 'number') throw valueError('timestamp', timestampFault(timestampMs))
    const text = this.#native.sign(timestampMs)
    // Checked by the result, so that a valid timestamp pays nothing for the check.
    if (text.charCodeAt(0) === REFUSED) throw valueError('timestamp', timestampFault(timestampMs))
    return text
  }

  /** Returns headers with a new timestamp, which nothing else in this process uses. Send them within two minutes. */
  headers(): SignedHeaders {
    const text = read(this.#native.headers())
    const secretKey = text.slice(0, SIGNATURE_LENGTH)
    const timestamp = text.slice(SIGNATURE_LENGTH)
    const key = this.#developerKey
    const headers = emptyHeaders()
    if (key !== undefined) headers.developer_key = key
    headers['secret-key'] = secretKey
    headers['secret-key-timestamp'] = timestamp
    return headers as unknown as SignedHeaders
  }

  /**
   * Returns the `request_hash` of the v1/v2 products over the timestamp and the values, in the order of the product.
   * Each value must be byte for byte what the body carries: `50` and `50.0` differ.
   */
  requestHash(timestampMs: number, values: readonly string[]): string {
    const timestamp = timestampFault(timestampMs)
    if (timestamp) throw valueError('timestamp', timestamp)
    const fault = valuesFault(values)
    if (fault) throw valueError('values', fault)
    return read(this.#native.requestHash(timestampMs, values))
  }
}

/** Creates the error of a value. `invalidParams` holds the rule without the name, because the name is its key. */
function valueError(name: string, fault: string | false): Error {
  // The rules and the native side agree on what a timestamp is. If they ever disagree, the result must not look like a
  // success.
  const message = fault || `${name} was refused`
  const rule = message.slice(name.length + 1)
  return refuse('invalid_params', message, 'Correct the parameters named in invalidParams.', { [name]: rule })
}
