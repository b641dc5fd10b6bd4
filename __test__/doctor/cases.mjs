// Inputs of the doctor's page and the results that it must show: the published signatures, and every recorded mistake.
import { readFileSync } from 'node:fs'

const vectors = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8'))
const PARTS = ['151627591', '50', '20810200']
const CODES = {
  'key used raw, not base64 encoded': 'key_raw',
  'timestamp in seconds': 'timestamp_seconds',
  'hex digest instead of base64': 'output_hex',
  'key and message swapped': 'swapped',
  'request_hash without the timestamp': 'hash_without_timestamp',
}

export const RIGHT = [
  ...vectors.secretKey.map(({ accessKey, timestamp, secretKey, source }) => ({
    name: source,
    fields: { 'access-key': accessKey, timestamp: String(timestamp), 'secret-key': secretKey },
    codes: [],
    right: [String(timestamp), secretKey],
  })),
  ...vectors.requestHash
    .filter(({ published }) => published)
    .map(({ accessKey, timestamp, values, secretKey, requestHash, product }) => ({
      name: product,
      fields: { 'access-key': accessKey, timestamp: String(timestamp), 'secret-key': secretKey },
      hash: { values, value: requestHash },
      codes: [],
      right: [String(timestamp), secretKey, requestHash],
    })),
]

export const WRONG = vectors.mistakes.map(({ mistake, accessKey, timestamp, wrong }) => {
  const fields = { 'access-key': accessKey, timestamp: String(timestamp) }
  const codes = [CODES[mistake] ?? mistake]
  if (codes[0] === 'hash_without_timestamp')
    return { name: mistake, fields, hash: { values: PARTS, value: wrong }, codes }
  return { name: mistake, fields: { ...fields, 'secret-key': wrong }, codes }
})

/** A right signature, from which tests make mistakes of the time and of the developer key. */
export const GOLDEN = {
  'access-key': 'TEST_ACCESS_KEY_DO_NOT_USE',
  timestamp: '1700000000000',
  'secret-key': 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk=',
}
