// Finds the fewest mistakes that together give the value that was sent.
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

/** Largest number of mistakes in key and message together. */
const MOST = 3

/** Largest distance between two readings of one clock. */
const NEAR_MS = 2500

/** Input of the search. */
export interface Problem {
  candidates: readonly Candidate[]
  accessKey: string
  /** The timestamp as it was written, and its milliseconds. */
  written: string
  ms: number
  /** Text that follows the timestamp. */
  values: string
  /** Every key and message, the right one first. They are made only if the right ones do not explain the value. */
  keys(): Variant[]
  messages(): Variant[]
}

/**
 * Returns the mistakes behind one of the candidates: an empty list if there are none, undefined if nothing explains the
 * value.
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

type Attempt = readonly [readonly Mistake[], Uint8Array]

/**
 * Yields everything to try, the fewest mistakes first. Each result is computed when it is asked for. If two attempts
 * have the same result, the first one names the mistake, because a change without effect is no mistake.
 */
function* attempts(problem: Problem): Generator<Attempt> {
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

/** Yields keys and messages that have from `from` to `to` mistakes together, the fewest first. */
function* pairs(keys: readonly Variant[], messages: readonly Variant[], from: number, to: number) {
  for (let cost = from; cost <= to; cost += 1)
    for (const key of keys)
      for (const message of messages)
        if (key.codes.length + message.codes.length === cost) yield [key, message] as const
}

/** Yields the timestamp as key, plain or encoded, with the access key as message, plain or encoded. */
function* swapped(message: Uint8Array, accessKey: string): Generator<Attempt> {
  const plain = utf8(accessKey)
  for (const key of [message, utf8(base64(message))])
    for (const text of [utf8(base64(plain)), plain]) yield [[{ code: 'swapped' }], hmac(sha256, key, text)]
}

/** Yields plain hashes of key and message together, or of the message alone. */
function* digests(encoded: Uint8Array, plain: Uint8Array, message: Uint8Array): Generator<Attempt> {
  for (const key of [encoded, plain])
    for (const text of [joined(key, message), joined(message, key)]) yield [[{ code: 'plain_digest' }], sha256(text)]
  yield [[{ code: 'plain_digest' }], sha256(message)]
}

/** Yields other readings of the clock, moments before or after. */
function* near(keys: readonly Variant[], ms: number, values: string): Generator<Attempt> {
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
