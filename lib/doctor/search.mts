// Finds the fewest mistakes that together give the value which was sent.
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

/** The most mistakes in key and message together. */
const MOST = 3

/** Half of how far two readings of one clock may lie apart. */
const NEAR_MS = 2500

/** What the search works on. */
export interface Problem {
  candidates: readonly Candidate[]
  keys: readonly Variant[]
  messages: readonly Variant[]
  accessKey: string
  ms: number
  parts: readonly string[]
}

/** The mistakes behind one of the candidates: none is an empty list, no explanation is undefined. */
export function explain(problem: Problem): Mistake[] | undefined {
  const { candidates } = problem
  if (candidates.length === 0) return undefined
  const written = (tag: Uint8Array): Mistake[] | undefined => {
    const name = hex(tag)
    return candidates.find((one) => one.hex === name)?.codes.map((code) => ({ code }))
  }
  for (const [mistakes, tag] of tags(problem)) {
    const output = written(tag())
    if (output) return [...mistakes, ...output]
  }
  return undefined
}

type Attempt = readonly [readonly Mistake[], () => Uint8Array]

/** Everything to try, the fewest mistakes first. */
function* tags(problem: Problem): Generator<Attempt> {
  const { candidates, keys, messages, accessKey, ms } = problem
  const lengths = new Set(candidates.map((one) => one.hex.length / 2))
  const key = keys[0]?.bytes ?? new Uint8Array()
  const message = messages[0]?.bytes ?? new Uint8Array()
  const pairs = keys.flatMap((one) =>
    messages.map((other) => ({ one, other, cost: one.codes.length + other.codes.length })),
  )
  const upTo = (from: number, to: number) => pairs.filter(({ cost }) => cost >= from && cost <= to)
  const hmacs = function* (chosen: typeof pairs): Generator<Attempt> {
    for (const { one, other } of chosen.sort((a, b) => a.cost - b.cost))
      yield [[...one.codes, ...other.codes], () => hmac(sha256, one.bytes, other.bytes)]
  }
  if (lengths.has(32)) {
    yield* hmacs(upTo(0, 1))
    yield* swapped(message, accessKey)
    yield* digests(key, utf8(accessKey), message)
  }
  for (const [name, hash] of OTHER_HASHES) {
    if (!lengths.has(hash.outputLen)) continue
    for (const { one, other } of upTo(0, 2))
      yield [
        [{ code: 'other_hash', detail: name }, ...one.codes, ...other.codes],
        () => hmac(hash, one.bytes, other.bytes),
      ]
  }
  if (lengths.has(32)) {
    yield* near(problem.keys.slice(0, 2), ms, problem.parts)
    yield* hmacs(upTo(2, MOST))
  }
}

/** The timestamp as key: as it is or encoded, over the access key as it is or encoded. */
function* swapped(message: Uint8Array, accessKey: string): Generator<Attempt> {
  const plain = utf8(accessKey)
  for (const key of [message, utf8(base64(message))])
    for (const text of [utf8(base64(plain)), plain]) yield [[{ code: 'swapped' }], () => hmac(sha256, key, text)]
}

/** Hashes of key and message together, or of the message alone. */
function* digests(encoded: Uint8Array, plain: Uint8Array, message: Uint8Array): Generator<Attempt> {
  for (const key of [encoded, plain])
    for (const text of [joined(key, message), joined(message, key)])
      yield [[{ code: 'plain_digest' }], () => sha256(text)]
  yield [[{ code: 'plain_digest' }], () => sha256(message)]
}

/** Another reading of the clock, moments before or after. */
function* near(keys: readonly Variant[], ms: number, parts: readonly string[]): Generator<Attempt> {
  const values = parts.join('')
  for (const { bytes, codes } of keys) {
    const keyed = hmac.create(sha256, bytes)
    for (let step = 1; step <= 2 * NEAR_MS; step += 1) {
      const distance = Math.ceil(step / 2)
      const other = step % 2 ? ms + distance : ms - distance
      const detail = `${distance} ms ${step % 2 ? 'after' : 'before'} the one that was sent`
      yield [
        [...codes, { code: 'message_other_time', detail }],
        () =>
          keyed
            .clone()
            .update(utf8(other + values))
            .digest(),
      ]
    }
  }
}
