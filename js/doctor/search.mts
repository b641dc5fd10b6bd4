// Searches for the fewest mistakes that together lead to the value that was sent.
import { hmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { base64, hex, joined, utf8 } from './bytes.mjs'
import type { Candidate } from './outputs.mjs'
import type { Mistake, Variant } from './variant.mjs'

const OTHER_HASHES = [
  ['SHA-1', sha1],
  ['SHA-512', sha512],
  ['SHA-384', sha384],
  ['MD5', md5],
] as const

/** Maximum number of mistakes in key and message together. */
const MOST = 3

/**
 * Maximum difference of another timestamp that is tried, in milliseconds. A program may read the clock once for the
 * header and once for the signature.
 */
const NEAR_MS = 2500

/** Input of the search. */
export interface Problem {
  candidates: readonly Candidate[]
  accessKey: string
  /** Timestamp as it was sent. */
  written: string
  ms: number
  /** Text that is signed after the timestamp. */
  values: string
  /**
   * Functions that return all keys and all messages, the correct one first. They are called only if the correct ones do
   * not explain the value.
   */
  keys(): Variant[]
  messages(): Variant[]
}

/**
 * Returns the mistakes that lead to one of the candidates: an empty list if the value is correct, undefined if no known
 * mistakes lead to it.
 */
export function explain(problem: Problem): Mistake[] | undefined {
  const { candidates } = problem
  if (candidates.length === 0) return undefined
  for (const [mistakes, tag] of attempts(problem)) {
    const name = hex(tag)
    const output = candidates.find((one) => one.hex === name)
    if (output) return [...mistakes, ...output.codes.map((code) => ({ code }))]
  }
  return undefined
}

type SigningAttempt = readonly [readonly Mistake[], Uint8Array]

/**
 * Yields all attempts, those with the fewest mistakes first. An attempt is a list of mistakes and the signature to
 * which they lead. Each signature is computed only when the caller asks for it. If two attempts have the same
 * signature, the first one counts, because a change that has no effect is not a mistake.
 */
function* attempts(problem: Problem): Generator<SigningAttempt> {
  const { candidates, accessKey, written, ms, values } = problem
  const lengths = new Set(candidates.map((one) => one.hex.length / 2))
  const rightKey = utf8(base64(utf8(accessKey)))
  const rightMessages = [...new Set([written, String(ms)])].map((stamp) => utf8(stamp + values))
  const message = rightMessages[0] ?? rightKey
  const keyed = hmac.create(sha256, rightKey)
  const of256 = lengths.has(32)
  if (of256) for (const one of rightMessages) yield [[], keyed.clone().update(one).digest()]

  const messages = problem.messages()
  if (of256)
    for (const { bytes, codes } of messages) if (codes.length === 1) yield [codes, keyed.clone().update(bytes).digest()]
  const keys = problem.keys()
  if (of256) {
    for (const { bytes, codes } of keys)
      for (const one of rightMessages) if (codes.length === 1) yield [codes, hmac(sha256, bytes, one)]
    yield* swapped(message, accessKey)
    yield* digests(rightKey, utf8(accessKey), message)
  }
  for (const [name, hash] of OTHER_HASHES) {
    if (!lengths.has(hash.outputLen)) continue
    const other: Mistake = { code: 'other_hash', detail: name }
    for (const [key, text] of pairs(keys, messages, 0, 2))
      yield [[other, ...key.codes, ...text.codes], hmac(hash, key.bytes, text.bytes)]
  }
  if (of256) {
    yield* near(keys.slice(0, 2), ms, values)
    for (const [key, text] of pairs(keys, messages, 2, MOST))
      yield [[...key.codes, ...text.codes], hmac(sha256, key.bytes, text.bytes)]
  }
}

/** Yields the pairs of a key and a message that have `from` to `to` mistakes together, those with the fewest first. */
function* pairs(keys: readonly Variant[], messages: readonly Variant[], from: number, to: number) {
  for (let cost = from; cost <= to; cost += 1)
    for (const key of keys)
      for (const message of messages)
        if (key.codes.length + message.codes.length === cost) yield [key, message] as const
}

/** Yields attempts with the timestamp as key and the access key as message, each plain or encoded. */
function* swapped(message: Uint8Array, accessKey: string): Generator<SigningAttempt> {
  const plain = utf8(accessKey)
  for (const key of [message, utf8(base64(message))])
    for (const text of [utf8(base64(plain)), plain]) yield [[{ code: 'swapped' }], hmac(sha256, key, text)]
}

/** Yields attempts that hash the key and the message together, or the message alone, without HMAC. */
function* digests(encoded: Uint8Array, plain: Uint8Array, message: Uint8Array): Generator<SigningAttempt> {
  for (const key of [encoded, plain])
    for (const text of [joined(key, message), joined(message, key)]) yield [[{ code: 'plain_digest' }], sha256(text)]
  yield [[{ code: 'plain_digest' }], sha256(message)]
}

/** Yields attempts with timestamps shortly before or after the one that was sent. */
function* near(keys: readonly Variant[], ms: number, values: string): Generator<SigningAttempt> {
  for (const { bytes, codes } of keys) {
    const keyed = hmac.create(sha256, bytes)
    for (let distance = 1; distance <= NEAR_MS; distance += 1) {
      for (const [other, side] of [
        [ms + distance, 'after'],
        [ms - distance, 'before'],
      ] as const) {
        const detail = `${distance} ms ${side} the one that was sent`
        yield [
          [...codes, { code: 'message_other_time', detail }],
          keyed
            .clone()
            .update(utf8(other + values))
            .digest(),
        ]
      }
    }
  }
}
