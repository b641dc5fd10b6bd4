// The native signer; `eko-eps/signer` has the same class in wasm.

import { refuse } from './errors.js'
import { emptyHeaders } from './mask.js'
import { type NativeSigner, native } from './native.js'
import { configError, type Lane } from './options.js'
import { optionsFault, timestampFault, valuesFault } from './signer-rules.js'
import { made, read } from './text.js'

/** What `new Signer(...)` takes. */
export interface SignerOptions {
  /** The access key that EPS issued. It signs, and never travels. */
  accessKey: string
  /** The developer key, when `headers()` shall include it. */
  developerKey?: string
  /**
   * Part `index` of `of` equal parts of all timestamps (`of` up to 32): where machines that cannot see each other sign with one
   * developer key.
   */
  lane?: Lane
  /** For a signer in a page (`eko-eps/signer`), which warns: only trusted people can open it. Without effect here. */
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

const SIGNATURE_LENGTH = 44
const REFUSED = 33 // '!'

/** Signs for one access key. The key lives in native memory, and is wiped when the signer is collected. */
export class Signer {
  readonly #native: NativeSigner
  readonly #developerKey: string | undefined

  /**
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

  /** The `secret-key` of a timestamp, in milliseconds. Pure: it reserves nothing, so keeping timestamps unique is yours. */
  sign(timestampMs: number): string {
    if (typeof timestampMs !== 'number') throw valueError('timestamp', timestampFault(timestampMs))
    const text = this.#native.sign(timestampMs)
    // Checked by what comes back, for the good ones pay nothing then.
    if (text.charCodeAt(0) === REFUSED) throw valueError('timestamp', timestampFault(timestampMs))
    return text
  }

  /** Fresh headers: their timestamp is used for nothing else in this process. Send them within two minutes. */
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
   * The `request_hash` of the v1/v2 products over the timestamp and the values, in the product's order. Each value must be
   * byte for byte what the body carries: `50` and `50.0` differ.
   */
  requestHash(timestampMs: number, values: readonly string[]): string {
    const timestamp = timestampFault(timestampMs)
    if (timestamp) throw valueError('timestamp', timestamp)
    const fault = valuesFault(values)
    if (fault) throw valueError('values', fault)
    return read(this.#native.requestHash(timestampMs, values))
  }
}

/** `invalidParams` has the rule without the name that it stands under. */
function valueError(name: string, fault: string | false): Error {
  // The rules and the native side agree on what a timestamp is; should they not, that must not look like success.
  const message = fault || `${name} was refused`
  const rule = message.slice(name.length + 1)
  return refuse('invalid_params', message, 'Correct the parameters named in invalidParams.', { [name]: rule })
}
