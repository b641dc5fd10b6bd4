// The native signer. `eko-eps/signer` has the same class, implemented in WebAssembly. Signers with different lanes
// (shares of all timestamps) never sign the same timestamp.

import { type NativeSigner, native } from '../native/native.js'
import { optionsFault, timestampFault, valuesFault } from '../signer/signer-rules.js'
import { refuse } from './errors.js'
import { emptyHeaders } from './mask.js'
import { configError } from './option-checks.js'
import type { Lane } from './options.js'
import { made, read } from './text.js'

/** Options for `new Signer(...)`. */
export interface SignerOptions {
  /** Access key that EPS issued. It signs the requests and is never sent. */
  accessKey: string
  /** Developer key. If it is given, `headers()` includes it. */
  developerKey?: string | undefined
  /**
   * Share of all timestamps that this machine may sign with, one of up to 32 equal shares. Set it if several machines
   * sign with one developer key and cannot see each other's used timestamps.
   */
  lane?: Lane | undefined
  /**
   * Switches off the warning that `eko-eps/signer` prints in a web page. Use it only if all visitors of the page are
   * trusted. The native signer ignores this option.
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

const SIGNATURE_LENGTH = 44
const REFUSED = 33 // '!'

/** Signer for one access key. The key is held in native memory, which is wiped when the signer is garbage-collected. */
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
   * Returns the `secret-key` for a timestamp in milliseconds since 1970. Use each timestamp only once: this method does
   * not reserve it.
   */
  sign(timestampMs: number): string {
    if (typeof timestampMs !== 'number') throw valueError('timestamp', timestampFault(timestampMs))
    const text = this.#native.sign(timestampMs)
    // Only the result is checked, so that a valid timestamp costs no extra check.
    if (text.charCodeAt(0) === REFUSED) throw valueError('timestamp', timestampFault(timestampMs))
    return text
  }

  /**
   * Returns headers with a new timestamp that nothing else in this process uses. Send the headers within two minutes.
   */
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
   * Returns the `request_hash` of the v1/v2 products for a timestamp and values in the product's order. Each value must
   * be exactly as in the body: `50` and `50.0` differ.
   */
  requestHash(timestampMs: number, values: readonly string[]): string {
    const timestamp = timestampFault(timestampMs)
    if (timestamp) throw valueError('timestamp', timestamp)
    const fault = valuesFault(values)
    if (fault) throw valueError('values', fault)
    return read(this.#native.requestHash(timestampMs, values))
  }
}

/**
 * Creates the error for a wrong value. The rule in `invalidParams` does not repeat the name, because the name is the
 * key of the rule.
 */
function valueError(name: string, fault: string | false): Error {
  // A value that only the native module refuses must still cause an error.
  const message = fault || `${name} was refused`
  const rule = message.slice(name.length + 1)
  return refuse('invalid_params', message, 'Correct the parameters named in invalidParams.', { [name]: rule })
}
