// Every mistake that the doctor knows, made as people make it, with Node's own crypto and without code of the doctor.
import { createHash, createHmac } from 'node:crypto'

const base64 = (value) => Buffer.from(value).toString('base64')
const hmac = (key, message, hash = 'sha256') => createHmac(hash, key).update(message).digest()
const right = (key, message) => hmac(base64(key), message)
const tag = (key, message) => right(key, message).toString('base64')

/** Signs with another form of the key. */
const byKey = (code, keyOf, shape) => ({
  code,
  about: 'access_key',
  shape,
  make: (at) => ({ secretKey: hmac(keyOf(at.key, at), at.stamp).toString('base64') }),
})
const ofMessage = (code, messageOf, about = 'secret-key') => ({
  code,
  about,
  make: (at) => ({ secretKey: tag(at.key, messageOf(at.stamp, at)) }),
})
/** Writes the right signature in another form. */
const written = (code, write) => ({
  code,
  about: 'secret-key',
  make: (at) => ({ secretKey: write(right(at.key, at.stamp), at) }),
})
/** Sends and signs the timestamp in another form. */
const stamped = (code, form) => ({
  code,
  about: 'timestamp',
  make: (at) => ({ timestamp: form(at.stamp, at), secretKey: tag(at.key, form(at.stamp, at)) }),
})
/** Makes a request hash over another text. */
const hashed = (code, messageOf, about = 'request_hash') => ({
  code,
  about,
  make: (at) => ({ requestHash: { parts: at.parts, value: tag(at.key, messageOf(at.stamp, at.parts, at)) } }),
})

const iso = (stamp) => new Date(Number(stamp)).toISOString()
const seconds = (stamp) => stamp.slice(0, 10)
const urlSafe = (text) => text.replaceAll('+', '-').replaceAll('/', '_')

export const MISTAKES = [
  // Mistakes in the access key.
  byKey('key_raw', (key) => key),
  byKey('key_raw', (key) => Buffer.from(base64(key), 'base64')),
  byKey('key_decoded', (key) => Buffer.from(key, 'base64'), 'plain'),
  byKey('key_decoded', (key) => Buffer.from(key, 'base64'), 'uuid'),
  byKey('key_encoded_twice', (key) => base64(base64(key))),
  byKey('key_base64url', (key) => urlSafe(base64(key)), 'symbols'),
  byKey('key_unpadded', (key) => base64(key).replace(/=+$/, ''), 'unpadded'),
  byKey('key_hex', (key) => Buffer.from(key).toString('hex')),
  byKey('key_hex', (key) => base64(Buffer.from(key).toString('hex'))),
  byKey('key_hex', (key) => Buffer.from(key.replaceAll('-', ''), 'hex'), 'uuid'),
  byKey('key_whitespace', (key) => base64(`${key}\n`)),
  byKey('key_whitespace', (key) => base64(`${key}\r\n`)),
  byKey('key_whitespace', (key) => base64(`${key} `)),
  byKey('key_line_break', (key) => `${base64(key)}\n`),
  byKey('key_quoted', (key) => base64(`"${key}"`)),
  byKey('key_quoted', (key) => base64(`'${key}'`)),
  byKey('key_case', (key) => base64(key.toUpperCase()), 'uuid'),
  byKey('key_utf16', (key) => Buffer.from(key, 'utf16le').toString('base64')),
  byKey('key_developer', (_, { developerKey }) => base64(developerKey)),
  byKey('key_developer', (_, { developerKey }) => developerKey),
  byKey('key_demo', () => base64('d2fe1d99-6298-4af2-8cc5-d97dcf46df30')),
  byKey('key_missing', () => ''),
  byKey('key_missing', () => base64('undefined')),
  byKey('key_missing', () => base64('null')),
  {
    code: 'key_whitespace',
    about: 'access_key',
    make: ({ key, stamp }) => ({ accessKey: `${key}\n`, secretKey: tag(`${key}\n`, stamp) }),
  },
  {
    code: 'key_quoted',
    about: 'access_key',
    make: ({ key, stamp }) => ({ accessKey: `"${key}"`, secretKey: tag(`"${key}"`, stamp) }),
  },
  {
    code: 'key_already_encoded',
    about: 'access_key',
    shape: 'uuid',
    make: ({ key, stamp }) => ({ accessKey: base64(key), secretKey: tag(key, stamp) }),
  },
  // Mistakes in the signed message.
  ofMessage('message_seconds', seconds),
  ofMessage('message_seconds', (stamp) => String(Math.round(Number(stamp) / 1000))),
  ofMessage('message_seconds', (stamp) => `${seconds(stamp)}000`),
  ofMessage('message_unit', (stamp) => `${stamp}000`),
  ofMessage('message_fraction', (stamp) => `${stamp}.0`),
  ofMessage('message_fraction', (stamp) => (Number(stamp) / 1000).toFixed(3)),
  ofMessage('message_exponent', (stamp) => `${Number(`1.${stamp.slice(1)}`)}E12`),
  ofMessage('message_quoted', (stamp) => JSON.stringify(stamp)),
  ofMessage('message_whitespace', (stamp) => `${stamp}\n`),
  ofMessage('message_missing', () => ''),
  ofMessage('message_missing', () => 'undefined'),
  ofMessage('message_base64', base64),
  ofMessage('message_date', iso),
  ofMessage('message_binary', (stamp) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(BigInt(stamp))
    return bytes
  }),
  ofMessage('message_extra', (stamp, { developerKey }) => developerKey + stamp),
  ofMessage('message_extra', (stamp, { key }) => stamp + key),
  {
    code: 'message_other_time',
    about: 'secret-key',
    make: ({ key, stamp, random }) => {
      const other = Number(stamp) + 1 + random(40)
      // A whole second would be the other mistake of rounding.
      return { secretKey: tag(key, String(other % 1000 === 0 ? other + 1 : other)) }
    },
  },
  {
    code: 'swapped',
    about: 'secret-key',
    make: ({ key, stamp }) => ({ secretKey: hmac(stamp, base64(key)).toString('base64') }),
  },
  {
    code: 'swapped',
    about: 'secret-key',
    make: ({ key, stamp }) => ({ secretKey: hmac(stamp, key).toString('base64') }),
  },
  ...['sha1', 'sha512', 'sha384', 'md5'].map((hash) => ({
    code: 'other_hash',
    about: 'secret-key',
    make: ({ key, stamp }) => ({ secretKey: hmac(base64(key), stamp, hash).toString('base64') }),
  })),
  ...[(key, stamp) => base64(key) + stamp, (key, stamp) => stamp + key, (_, stamp) => stamp].map((textOf) => ({
    code: 'plain_digest',
    about: 'secret-key',
    make: ({ key, stamp }) => ({ secretKey: createHash('sha256').update(textOf(key, stamp)).digest('base64') }),
  })),
  // Mistakes in how the signature is written.
  written('output_hex', (bytes) => bytes.toString('hex')),
  written('output_hex', (bytes) => bytes.toString('hex').toUpperCase()),
  written('output_base64url', (bytes) => urlSafe(bytes.toString('base64'))),
  // Without any of these letters the text would only lack its padding, which is another mistake.
  written('output_base64url', (bytes) =>
    bytes.toString('base64url').padEnd(/[-_]/.test(bytes.toString('base64url')) ? 0 : 44, '='),
  ),
  written('output_unpadded', (bytes) => bytes.toString('base64').replace('=', '')),
  written('output_url_encoded', (bytes) => encodeURIComponent(bytes.toString('base64'))),
  written('output_url_encoded', (bytes) => encodeURIComponent(encodeURIComponent(bytes.toString('base64')))),
  written('output_plus_lost', (bytes) => bytes.toString('base64').replaceAll('+', ' ')),
  written('output_html_encoded', (bytes) =>
    bytes.toString('base64').replaceAll('+', '&#43;').replaceAll('=', '&#x3D;'),
  ),
  written('output_quoted', (bytes) => `"${bytes.toString('base64')}"`),
  written('output_whitespace', (bytes) => `${bytes.toString('base64')}\n`),
  written('output_whitespace', (bytes) => bytes.toString('base64').replace(/^.{20}/, '$&\r\n')),
  written('output_labelled', (bytes) => `Bearer ${bytes.toString('base64')}`),
  written('output_labelled', (bytes) => `secret-key: ${bytes.toString('base64')}`),
  written('output_base64_of_hex', (bytes) => base64(bytes.toString('hex'))),
  written('output_encoded_twice', (bytes) => base64(bytes.toString('base64'))),
  written('output_case', (bytes) => bytes.toString('base64').toUpperCase()),
  written('output_case', (bytes) => bytes.toString('base64').toLowerCase()),
  written('output_truncated', (bytes) => bytes.toString('base64').slice(0, 32)),
  written('output_missing', () => ''),
  written('documentation_example', () => 'MC6dKW278tBef+AuqL/5rW2K3WgOegF0ZHLW/FriZQw='),
  // Mistakes in the timestamp.
  stamped('timestamp_seconds', seconds),
  stamped('timestamp_unit', (stamp) => `${stamp}000`),
  stamped('timestamp_unit', (stamp) => `${stamp}000000`),
  stamped('timestamp_fraction', (stamp) => `${stamp}.0`),
  stamped('timestamp_quoted', (stamp) => `"${stamp}"`),
  stamped('timestamp_whitespace', (stamp) => `${stamp}\n`),
  stamped('timestamp_grouped', (stamp) => Number(stamp).toLocaleString('en')),
  stamped('timestamp_exponent', (stamp) => `${Number(`1.${stamp.slice(1)}`)}E12`),
  stamped('timestamp_date', iso),
  {
    code: 'timestamp_invalid',
    about: 'timestamp',
    make: ({ key, stamp }) => ({ timestamp: `${stamp}x`, secretKey: tag(key, `${stamp}x`) }),
  },
  { code: 'timestamp_missing', about: 'timestamp', make: ({ key }) => ({ timestamp: '', secretKey: tag(key, '') }) },
  {
    code: 'timestamp_stale',
    about: 'timestamp',
    make: ({ key, stamp, random }) => ({ now: Number(stamp) + 120_001 + random(1e9), secretKey: tag(key, stamp) }),
  },
  {
    code: 'timestamp_future',
    about: 'timestamp',
    make: ({ key, stamp, random }) => ({ now: Number(stamp) - 120_001 - random(1e9), secretKey: tag(key, stamp) }),
  },
  {
    code: 'timestamp_reused',
    about: 'timestamp',
    make: ({ key, stamp }) => ({ usedTimestamps: ['1600000000000', stamp], secretKey: tag(key, stamp) }),
  },
  {
    code: 'access_key_empty',
    about: 'access_key',
    make: ({ key, stamp }) => ({ accessKey: '', secretKey: tag(key, stamp) }),
  },
  {
    code: 'access_key_invalid',
    about: 'access_key',
    make: ({ key, stamp }) => ({ accessKey: `${key}\0k`, secretKey: tag(key, stamp) }),
  },
  // Mistakes in the request hash.
  hashed('hash_without_timestamp', (_, parts) => parts.join('')),
  hashed('hash_part_missing', (stamp, parts) => stamp + parts.slice(0, -1).join('')),
  hashed('hash_part_missing', (stamp, [first, , last]) => stamp + first + last),
  hashed('hash_order', (stamp, parts) => parts.join('') + stamp),
  hashed('hash_order', (stamp, [account, amount, user]) => stamp + user + amount + account),
  ...[',', '|', '-', ' ', '&', ''].map((between) =>
    hashed('hash_separator', (stamp, parts) =>
      between === '' ? JSON.stringify([stamp, ...parts]) : [stamp, ...parts].join(between),
    ),
  ),
  hashed('hash_part_form', (stamp, [account, amount, user]) => `${stamp}${account}${Number(amount).toFixed(2)}${user}`),
  hashed('hash_part_form', (stamp, [account, amount, user]) => `${stamp}${account}${amount}\n${user}`),
  hashed('message_seconds', (stamp, parts) => seconds(stamp) + parts.join('')),
  hashed('request_hash_is_secret_key', (stamp) => stamp),
  {
    code: 'secret_key_is_request_hash',
    about: 'secret-key',
    make: ({ key, stamp, parts }) => ({ requestHash: { parts }, secretKey: tag(key, stamp + parts.join('')) }),
  },
  {
    code: 'key_raw',
    about: 'access_key',
    make: ({ key, stamp, parts }) => ({
      requestHash: { parts, value: hmac(key, stamp + parts.join('')).toString('base64') },
    }),
  },
  {
    code: 'output_hex',
    about: 'request_hash',
    make: ({ key, stamp, parts }) => ({
      requestHash: { parts, value: right(key, stamp + parts.join('')).toString('hex') },
    }),
  },
]

/** Returns the right values for a case. */
export function rightFor({ key, stamp, parts }) {
  return { secretKey: tag(key, stamp), requestHash: tag(key, stamp + parts.join('')) }
}

/** Mulberry32: the same numbers for the same seed, on every machine. */
export function generator(seed) {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

const HEX = '0123456789abcdef'
const ALPHABETS = { plain: `${HEX}ghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_`, symbols: '~?>{}|ÿßéж漢🔑<=^' }

/** Makes a random case: a key of this shape, a timestamp, three values and a developer key. */
export function caseOf(random, shape = random(4) === 0 ? 'symbols' : random(3) === 0 ? 'plain' : 'uuid') {
  const letters = (alphabet, length) =>
    Array.from({ length }, () => [...alphabet][random([...alphabet].length)]).join('')
  const uuid = [8, 4, 4, 4, 12].map((length) => letters(HEX, length)).join('-')
  const length = shape === 'unpadded' ? 3 * (3 + random(15)) + 1 + random(2) : 8 + random(60)
  const key = shape === 'uuid' ? uuid : letters(ALPHABETS[shape === 'symbols' ? 'symbols' : 'plain'], length)
  return {
    key,
    developerKey: letters(HEX, 32),
    stamp: String(1.5e12 + random(4e11)),
    parts: [String(1e8 + random(9e8)), String(10 + random(5000)), String(2e7 + random(1e6))],
    random,
  }
}
