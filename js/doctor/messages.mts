// Messages that a program may sign: first the correct one, and then the wrong ones.
import { base64, utf8 } from './bytes.mjs'
import { type Mistake, type Variant, variant } from './variant.mjs'

/** Values from which a message can be made. */
export interface Case {
  accessKey: string
  developerKey: string | undefined
  /** Timestamp as it was sent. */
  written: string
  /** Timestamp in milliseconds since 1970. */
  ms: number
  parts: readonly string[] | undefined
  used: readonly string[]
}

function text(message: string, code?: Mistake['code'], detail?: string): Variant {
  return variant(utf8(message), code, detail)
}

/** Returns the messages that a program may sign for the `secret-key`. */
export function timeMessages({ accessKey, developerKey, written, ms, parts, used }: Case): Variant[] {
  const digits = String(ms)
  const keys = [accessKey, ...(developerKey ? [developerKey] : [])]
  return [
    text(written),
    text(digits),
    ...seconds(ms).map((message) => text(message, 'message_seconds')),
    ...(parts ? [text(digits + parts.join(''), 'secret_key_is_request_hash')] : []),
    ...['000', '000000'].map((zeros) => text(digits + zeros, 'message_unit')),
    ...[`${digits}.0`, `${digits}.`, `${ms / 1000}`, (ms / 1000).toFixed(1), (ms / 1000).toFixed(3)].map((message) =>
      text(message, 'message_fraction'),
    ),
    ...exponents(ms).map((message) => text(message, 'message_exponent')),
    ...['"', "'"].map((quote) => text(quote + digits + quote, 'message_quoted')),
    ...[`${digits}\n`, `${digits}\r\n`, `${digits} `, ` ${digits}`].map((message) =>
      text(message, 'message_whitespace'),
    ),
    ...['', 'undefined', 'null', 'NaN', 'None', '0'].map((message) => text(message, 'message_missing')),
    text(base64(utf8(digits)), 'message_base64'),
    ...dates(ms).map((message) => text(message, 'message_date')),
    variant(binary(ms), 'message_binary'),
    variant(binary(ms).reverse(), 'message_binary'),
    ...keys.flatMap((key) => [text(key + digits, 'message_extra'), text(digits + key, 'message_extra')]),
    ...used.map((one) => text(one, 'message_other_time', 'that was used before')),
  ]
}

/**
 * Returns the messages that a program may sign for the `request_hash`: the timestamp and the values, in every known
 * wrong arrangement.
 */
export function hashMessages(own: Case, parts: readonly string[]): Variant[] {
  const digits = String(own.ms)
  const values = parts.join('')
  return [
    text(own.written + values),
    text(digits + values),
    text(values, 'hash_without_timestamp'),
    ...seconds(own.ms).map((second) => text(second + values, 'message_seconds')),
    text(digits, 'request_hash_is_secret_key'),
    ...separated([digits, ...parts]).map((message) => text(message, 'hash_separator')),
    ...otherForms(digits, parts),
    ...arrangements(digits, parts),
    ...separated(parts).map((message): Variant => {
      return { bytes: utf8(message), codes: [{ code: 'hash_without_timestamp' }, { code: 'hash_separator' }] }
    }),
  ]
}

/** Returns the time in seconds, rounded down and up, and the milliseconds of both if they differ from `ms`. */
function seconds(ms: number): string[] {
  const whole = [Math.floor(ms / 1000), Math.ceil(ms / 1000)]
  return [...whole.map(String), ...whole.map((second) => String(second * 1000)).filter((other) => Number(other) !== ms)]
}

/** Returns the number in the exponent forms that Java, C and Python use for large floating-point numbers. */
function exponents(ms: number): string[] {
  const [mantissa = '', power = ''] = ms.toExponential().split('e+')
  const java = mantissa.includes('.') ? mantissa : `${mantissa}.0`
  return [
    `${java}E${power}`,
    `${mantissa}e+${power}`,
    `${mantissa}E+${power}`,
    `${Number(ms.toPrecision(6)).toExponential()}`,
  ]
}

function dates(ms: number): string[] {
  const date = new Date(ms)
  const iso = date.toISOString()
  return [iso, iso.replace(/\.\d+Z$/, 'Z'), iso.slice(0, 19), iso.slice(0, 19).replace('T', ' '), date.toUTCString()]
}

/** Returns the number as eight bytes, the most significant byte first. */
function binary(ms: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(ms))
  return bytes
}

function separated(items: readonly string[]): string[] {
  if (items.length < 2) return [JSON.stringify(items)]
  const between = [',', '|', '-', ' ', '+', '\n', '&', ':', ';', '.', '_', '/', '~', '#', ', ']
  return [...between.map((one) => items.join(one)), JSON.stringify(items)]
}

/**
 * Returns the messages in which one value, or each value, has another form than the given one, such as more decimals or
 * capital letters.
 */
function otherForms(digits: string, parts: readonly string[]): Variant[] {
  const found: Variant[] = []
  for (const [index, part] of parts.entries()) {
    for (const form of forms(part)) {
      const others = parts.map((other, at) => (at === index ? form : other))
      found.push(text(digits + others.join(''), 'hash_part_form', `Value ${index + 1}`))
    }
  }
  const trimmed = parts.map((part) => part.replace(/\s+/g, ''))
  found.push(text(digits + trimmed.join(''), 'hash_part_form', 'More than one value'))
  return found
}

function forms(part: string): string[] {
  const found = [part.trim(), part.replace(/\s+/g, ''), `${part} `, `${part}\n`, part.toUpperCase(), part.toLowerCase()]
  found.push(part.replace(/^0+(?=.)/, ''), `"${part}"`)
  if (/^\d+(\.\d+)?$/.test(part)) {
    const value = Number(part)
    found.push(
      String(value),
      value.toFixed(1),
      value.toFixed(2),
      String(Math.floor(value)),
      String(Math.round(value * 100)),
    )
  }
  return found.filter((form) => form !== part)
}

/**
 * Returns the messages for every choice of the values in every order, with and without the timestamp. If there are more
 * than four values, it returns only some of these messages.
 */
function arrangements(digits: string, parts: readonly string[]): Variant[] {
  const all = [-1, ...parts.keys()]
  if (parts.length > 4) {
    const swaps = parts.map((_, at) => [...all.slice(0, at), ...all.slice(at, at + 2).reverse(), ...all.slice(at + 2)])
    const orders = [...all.map((index) => all.filter((other) => other !== index)), [...parts.keys(), -1], ...swaps]
    return [...orders, [...all].reverse()].map((order) => arranged(digits, parts, order))
  }
  const orders: number[][] = []
  const extend = (order: number[]) => {
    if (order.length > 0) orders.push(order)
    for (const next of all) if (!order.includes(next)) extend([...order, next])
  }
  extend([])
  const found = orders.map((order) => arranged(digits, parts, order))
  // The explanation with the fewest mistakes must come first. The correct message has no mistakes and is left out,
  // because `hashMessages` already returns it.
  return found.filter(({ codes }) => codes.length > 0).sort((a, b) => a.codes.length - b.codes.length)
}

/** Returns the message for this order of values, with the mistakes in it. In `order`, -1 stands for the timestamp. */
function arranged(digits: string, parts: readonly string[], order: readonly number[]): Variant {
  const codes: Mistake[] = []
  if (!order.includes(-1)) codes.push({ code: 'hash_without_timestamp' })
  const missing = [...parts.keys()].filter((index) => !order.includes(index))
  if (missing.length > 0) {
    const names = missing.map((index) => index + 1).join(' and ')
    codes.push({ code: 'hash_part_missing', detail: `value${missing.length > 1 ? 's' : ''} ${names}` })
  }
  if (order.some((index, at) => at > 0 && index < (order[at - 1] ?? 0))) codes.push({ code: 'hash_order' })
  return { bytes: utf8(order.map((index) => (index === -1 ? digits : parts[index])).join('')), codes }
}
