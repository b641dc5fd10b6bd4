// Texts for each mistake: title, explanation, fix, source. The code that finds the mistake replaces `{detail}`, which
// never contains a value that the user gave.
import type { MistakeCode } from './doctor-types.js'

const RULE =
  'EPS authentication: secret-key = base64(HMAC-SHA256(key = base64(access_key) as text, message = milliseconds)); the published signatures verify only this way'
const FORM = 'EPS authentication: secret-key-timestamp is milliseconds since 1970; EPS refuses other units with 2486'
const AGE = 'EPS error 2485: EPS accepts a timestamp once, and only within two minutes of its clock'
const MATCH = 'EPS error 2484: secret-key does not match'
const ISSUED = 'EPS errors 2483 and 2484: only keys that EPS issued for this environment are valid'
const HASH =
  'EPS v1/v2 samples: request_hash is the HMAC of the timestamp followed by the product’s values, without separators'
const SEEN = 'seen in published integrations; EPS answers 2484'

type MistakeText = readonly [title: string, explanation: string, fix: string, source: string]

const KEY_FIX = 'Encode the access key once with base64, and use that text, as ASCII bytes, as the key of the HMAC.'
const MESSAGE_FIX =
  'Sign only the 13 digits of the header secret-key-timestamp: create the text once, sign it and send it.'
const OUTPUT_FIX = 'Encode the 32 bytes of the HMAC with standard base64: 44 characters that end in one equals sign.'
const HASH_FIX =
  'Join the 13 digits of the timestamp and the values, in the product’s order and without separators, and sign the result.'
const STAMP_FIX = 'Send the milliseconds since 1970 as 13 digits, such as String(Date.now()).'

export const TEXTS: Readonly<Record<MistakeCode, MistakeText>> = {
  access_key_empty: [
    'No access key',
    'The access key is empty. An environment variable may not be set.',
    'Give the access key that EPS issued together with the developer key.',
    ISSUED,
  ],
  access_key_invalid: [
    'Invalid access key',
    'The access key contains a blank, a quotation mark, an invisible character or a lone surrogate, or is longer than 6,144 characters. It was probably read from a wrong or padded source.',
    'Copy the access key again from the message of EPS, as plain text.',
    ISSUED,
  ],
  timestamp_missing: [
    'No timestamp',
    'The timestamp is empty, so there is nothing to sign.',
    STAMP_FIX,
    'EPS error 2487: an authentication header is missing',
  ],
  timestamp_invalid: [
    'Invalid timestamp',
    'The timestamp is not a number of 13 digits, and cannot be converted to one.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_seconds: [
    'Timestamp in seconds',
    'The timestamp has 10 digits, so it is in seconds. EPS expects milliseconds, which have 13 digits.',
    `${STAMP_FIX} Read the milliseconds of the clock: seconds times 1,000 give the same timestamp twice within a second.`,
    FORM,
  ],
  timestamp_unit: [
    'Timestamp in too small a unit',
    'The timestamp has {detail} digits, so it is in microseconds or nanoseconds. EPS expects milliseconds, which have 13 digits.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_fraction: [
    'Timestamp with a decimal point',
    'The timestamp was written from a floating-point number, so it contains a fraction.',
    `Round the timestamp to a whole number of milliseconds before you convert it to text. ${STAMP_FIX}`,
    FORM,
  ],
  timestamp_exponent: [
    'Timestamp in exponent form',
    'The timestamp was written from a floating-point number, in a form such as 1.7E12.',
    `Keep the timestamp in a 64-bit integer. ${STAMP_FIX}`,
    FORM,
  ],
  timestamp_quoted: [
    'Quotation marks around the timestamp',
    'The timestamp was serialised as JSON or copied with its quotation marks.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_whitespace: [
    'Blanks around the timestamp',
    'The timestamp has a blank or a line break at its start or end. It may come from the output of a command.',
    `Trim the timestamp before you sign and send it. ${STAMP_FIX}`,
    FORM,
  ],
  timestamp_grouped: [
    'Separators inside the timestamp',
    'The timestamp has separators between its digits.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_date: [
    'Timestamp is a date',
    'The timestamp is a date as text. EPS expects milliseconds since 1970.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_stale: [
    'Timestamp too old',
    'The timestamp was {detail} old when EPS received it. The signature was reused, the request waited too long, or the clock of this machine is slow.',
    'Sign each request just before it is sent, never store signed headers, and synchronise the clock with NTP.',
    AGE,
  ],
  timestamp_future: [
    'Timestamp in the future',
    'The timestamp was {detail} ahead of EPS’s clock. The clock of this machine is fast, or a local time was used as UTC.',
    'Synchronise the clock with NTP, and use milliseconds since 1970 in UTC.',
    AGE,
  ],
  timestamp_reused: [
    'Timestamp used before',
    'A request with this timestamp was sent before. EPS accepts each timestamp only once per developer key.',
    'Sign every request and every retry with a new timestamp. Add a millisecond if two requests have the same one.',
    AGE,
  ],
  key_raw: [
    'Access key used raw',
    'The access key itself was used as the key of the HMAC, without base64. A key that is encoded with base64 and then decoded again has the same effect.',
    KEY_FIX,
    RULE,
  ],
  key_decoded: [
    'Access key decoded',
    'The access key was decoded from base64 to bytes. The access key is not base64 text: it must be encoded, not decoded.',
    KEY_FIX,
    RULE,
  ],
  key_already_encoded: [
    'Access key already encoded',
    'The given access key is the base64 text of a key, and your code uses this text without another encoding.',
    'Store the access key in your configuration as EPS issued it, and encode it once, in the code that signs.',
    RULE,
  ],
  key_encoded_twice: [
    'Access key encoded twice',
    'The access key was encoded with base64 twice before it was used as the key of the HMAC.',
    KEY_FIX,
    RULE,
  ],
  key_base64url: [
    'Access key in URL-safe base64',
    'The access key was encoded with the URL-safe alphabet, with - and _ instead of + and /.',
    `${KEY_FIX} Use the standard alphabet, with padding.`,
    RULE,
  ],
  key_unpadded: [
    'Padding of the encoded access key lost',
    'The equals signs at the end of the encoded access key are missing.',
    `${KEY_FIX} Use the standard alphabet, with padding.`,
    RULE,
  ],
  key_hex: [
    'Access key in hexadecimal',
    'The access key was encoded as hexadecimal, or decoded from hexadecimal, before it was used as the key of the HMAC.',
    KEY_FIX,
    RULE,
  ],
  key_whitespace: [
    'Blank or line break in the access key',
    'A blank or a line break at the start or end became a part of the access key. It may come from a file or from echo.',
    'Trim the access key after you read it.',
    MATCH,
  ],
  key_line_break: [
    'Line break after the encoded access key',
    'The encoder adds a line break to its output, as Android’s default and Python’s encodebytes do. The line break became a part of the key.',
    'Use an encoder that adds no line breaks (Android: NO_WRAP), or trim its output.',
    SEEN,
  ],
  key_quoted: [
    'Quotation marks around the access key',
    'Quotation marks from a configuration file or from JSON became a part of the access key.',
    'Remove the quotation marks after you read the key.',
    MATCH,
  ],
  key_case: [
    'Letter case of the access key changed',
    'The access key was changed to upper case or lower case before it was used.',
    'Use the access key exactly as EPS issued it.',
    MATCH,
  ],
  key_utf16: [
    'Access key encoded as UTF-16',
    'The access key was converted to bytes as UTF-16, as Encoding.Unicode of .NET does, before it was encoded with base64.',
    'Convert the access key to UTF-8 bytes (ASCII gives the same), then encode the bytes with base64.',
    MATCH,
  ],
  key_developer: [
    'Developer key used to sign',
    'The developer key was used as the key of the HMAC. The developer key identifies the caller; only the access key signs.',
    'Sign with the access key, and send the developer key in the header developer_key.',
    SEEN,
  ],
  key_demo: [
    'Signed with the documentation’s access key',
    'The signature was made with a demo access key from the vendor’s pages, not with your access key.',
    'Replace the demo key by the access key that EPS issued to you.',
    'demo access keys of the vendor’s documentation',
  ],
  key_missing: [
    'Signed without an access key',
    'An empty or missing value was used as the key of the HMAC. An environment variable may not be set.',
    'Check the code that reads the access key, and let it fail if there is no key.',
    MATCH,
  ],
  message_seconds: [
    'Seconds were signed',
    'The timestamp was signed in seconds. EPS verifies the milliseconds in the header.',
    MESSAGE_FIX,
    RULE,
  ],
  message_unit: [
    'Microseconds or nanoseconds were signed',
    'The timestamp was signed in microseconds or nanoseconds. EPS verifies the milliseconds in the header.',
    MESSAGE_FIX,
    RULE,
  ],
  message_fraction: [
    'A number with a decimal point was signed',
    'The signed text was written from a floating-point number, so it differs from the digits in the header.',
    MESSAGE_FIX,
    RULE,
  ],
  message_exponent: [
    'A number in exponent form was signed',
    'The signed text was written from a floating-point number, in a form such as 1.7E12.',
    MESSAGE_FIX,
    RULE,
  ],
  message_quoted: [
    'Quotation marks were signed',
    'The timestamp was signed with quotation marks around it, as in JSON.',
    MESSAGE_FIX,
    RULE,
  ],
  message_whitespace: [
    'A blank or a line break was signed',
    'The timestamp was signed with a blank or a line break at its start or end. It may come from echo or date.',
    `${MESSAGE_FIX} In a shell, use printf %s.`,
    RULE,
  ],
  message_missing: [
    'Nothing was signed',
    'The signed text was empty, or a word for a missing value such as undefined.',
    MESSAGE_FIX,
    RULE,
  ],
  message_base64: [
    'An encoded timestamp was signed',
    'The timestamp was encoded with base64 before it was signed. Only the key must be encoded.',
    MESSAGE_FIX,
    RULE,
  ],
  message_date: [
    'A date was signed',
    'A date as text was signed. EPS verifies the milliseconds in the header.',
    MESSAGE_FIX,
    RULE,
  ],
  message_binary: [
    'Timestamp was signed as bytes',
    'The timestamp was signed as a binary number of eight bytes. EPS verifies its decimal digits as text.',
    MESSAGE_FIX,
    RULE,
  ],
  message_extra: [
    'More than the timestamp was signed',
    'A key and the timestamp were joined, and the joined text was signed.',
    MESSAGE_FIX,
    RULE,
  ],
  message_other_time: [
    'Another timestamp was signed',
    'The signature belongs to a timestamp {detail}. The program probably read the clock twice.',
    MESSAGE_FIX,
    RULE,
  ],
  swapped: [
    'Key and message swapped',
    'The timestamp was used as the key of the HMAC, and the access key as the message.',
    'Swap the two arguments: the encoded access key is the key, the timestamp is the message.',
    RULE,
  ],
  plain_digest: [
    'Plain hash instead of HMAC',
    'SHA-256 was computed without HMAC. An HMAC of the same texts has another value.',
    'Use the HMAC function of your language’s library, with SHA-256.',
    SEEN,
  ],
  other_hash: ['Another hash than SHA-256', 'The HMAC was computed with {detail}.', 'Compute it with SHA-256.', RULE],
  output_missing: [
    'No value',
    'The value is empty.',
    'Check the code that computes the value.',
    'EPS error 2487: an authentication header is missing',
  ],
  output_hex: [
    'Hexadecimal instead of base64',
    'The HMAC was written in hexadecimal, which gives 64 digits.',
    OUTPUT_FIX,
    RULE,
  ],
  output_base64url: [
    'URL-safe base64',
    'The HMAC was written with the URL-safe alphabet, with - and _ instead of + and /.',
    OUTPUT_FIX,
    RULE,
  ],
  output_unpadded: ['Padding lost', 'The equals sign at the end of the value is missing.', OUTPUT_FIX, RULE],
  output_url_encoded: [
    'URL-encoded',
    'The value was URL-encoded, so +, / and = became codes such as %2B. Headers are not URL-encoded.',
    'Put the base64 text into the header unchanged.',
    MATCH,
  ],
  output_plus_lost: [
    'Plus signs became blanks',
    'A decoder for forms or URLs replaced every + by a blank.',
    'Do not send the value through a URL or a form. Put it into the header unchanged.',
    MATCH,
  ],
  output_html_encoded: [
    'HTML-encoded',
    'A template replaced characters of the value by HTML entities.',
    'Put the base64 text into the header unchanged.',
    MATCH,
  ],
  output_quoted: [
    'Quotation marks around the value',
    'The value was serialised as JSON or copied with its quotation marks.',
    'Send the value without quotation marks.',
    MATCH,
  ],
  output_whitespace: [
    'Blank or line break in the value',
    'The encoder adds line breaks, or the value was read together with white space around it.',
    'Use an encoder that adds no line breaks (Android: NO_WRAP), or trim its output.',
    SEEN,
  ],
  output_labelled: [
    'A word before the value',
    'The header’s name or a scheme such as Bearer stands before the value.',
    'Send only the value.',
    MATCH,
  ],
  output_base64_of_hex: [
    'Base64 of hexadecimal',
    'The HMAC was written in hexadecimal, and the hexadecimal text was encoded with base64.',
    `Encode the bytes of the HMAC, not its hexadecimal text. ${OUTPUT_FIX}`,
    RULE,
  ],
  output_encoded_twice: ['Encoded twice', 'The HMAC was encoded with base64 twice.', OUTPUT_FIX, RULE],
  output_case: [
    'Letter case changed',
    'The value was changed to upper case or lower case. Base64 is case-sensitive.',
    'Send the value unchanged.',
    MATCH,
  ],
  output_truncated: [
    'Value cut off',
    'The value is only the beginning of the correct value. A database column or a variable may be too short.',
    'Store all 44 characters.',
    MATCH,
  ],
  hash_without_timestamp: [
    'Timestamp left out of the request hash',
    'The values were signed without the timestamp before them.',
    HASH_FIX,
    HASH,
  ],
  hash_part_missing: [
    'A value is missing in the request hash',
    'The signed text does not contain {detail}.',
    HASH_FIX,
    HASH,
  ],
  hash_order: [
    'Wrong order in the request hash',
    'The timestamp and the values were joined in a wrong order.',
    HASH_FIX,
    HASH,
  ],
  hash_separator: [
    'Separators between the values',
    'The values were joined with a separator or as JSON.',
    HASH_FIX,
    HASH,
  ],
  hash_part_form: [
    'A value has another form in the request hash',
    '{detail} was signed in another form than the one given here, such as rounded, with decimals, with blanks, or in another letter case.',
    'Create the text of each value once, sign it, and put the same text into the body: 50 and 50.0 differ.',
    HASH,
  ],
  secret_key_is_request_hash: [
    'Request hash instead of secret-key',
    'The secret-key contains the correct request_hash.',
    'Send the signature of the timestamp alone as secret-key, and this value as request_hash.',
    HASH,
  ],
  request_hash_is_secret_key: [
    'Secret-key instead of request hash',
    'The request_hash contains the signature of the timestamp alone, which is the secret-key.',
    HASH_FIX,
    HASH,
  ],
  documentation_example: [
    'Value from the documentation',
    'The value is an example from the vendor’s pages. It belongs to a demo key and a time in the past.',
    'Compute the value for each request.',
    'samples of the vendor’s documentation',
  ],
  unknown: [
    'Wrong value without a known cause',
    'The value is wrong, and no known mistake or combination of known mistakes explains it.',
    'Check that the access key, the timestamp and the values are exactly those of the request, then compare each step with the correct value.',
    MATCH,
  ],
}
