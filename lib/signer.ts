// The native signer; `eko-eps/signer` has the same class in wasm.

import { refuse } from './errors.js'
import { emptyHeaders } from './mask.js'
import { type NativeSigner, native } from './native.js'
import { configError, developerKey, knownOptions, textOption } from './options.js'
import { made, read } from './text.js'

/** What `new Signer(...)` takes. */
export interface SignerOptions {
  /** The access key that EPS issued. It signs, and never travels. */
  accessKey: string
  /** The developer key, when `headers()` shall include it. */
  developerKey?: string
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
const TIMESTAMP_RULE = 'must be milliseconds since 1970, a number of 13 digits, such as Date.now()'

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
    const given = knownOptions('Signer', options, ['accessKey', 'developerKey'])
    if (given.accessKey === undefined)
      throw configError('accessKey is missing: give the access key that EPS issued with your developer key')
    const accessKey = textOption('accessKey', given.accessKey)
    if (given.developerKey !== undefined) this.#developerKey = developerKey(given.developerKey)
    this.#native = made(native.createSigner(accessKey, this.#developerKey ?? null))
  }

  /** The `secret-key` of a timestamp, in milliseconds. Pure: it reserves nothing, so keeping timestamps unique is yours. */
  sign(timestampMs: number): string {
    if (typeof timestampMs !== 'number') throw timestampError()
    return read(this.#native.sign(timestampMs))
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
    if (typeof timestampMs !== 'number') throw timestampError()
    if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) {
      throw valueError('values', 'must be a list of texts, each as the body carries it')
    }
    return read(this.#native.requestHash(timestampMs, values))
  }
}

function timestampError(): Error {
  return valueError('timestamp', TIMESTAMP_RULE)
}

function valueError(name: string, rule: string): Error {
  return refuse('invalid_params', `${name} ${rule}`, 'Correct the parameters named in invalidParams.', { [name]: rule })
}
