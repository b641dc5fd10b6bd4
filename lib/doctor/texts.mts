// Texts for each mistake: title, explanation, fix, source. The code that finds the mistake replaces `{detail}`, which
// never contains a value that the user gave.
import type { MistakeCode } from '../doctor-types.js'

const RULE =
  'EPS authentication: secret-key = base64(HMAC-SHA256(key = base64(access_key) as text, message = milliseconds)); the published signatures verify only this way'
const FORM = 'EPS authentication: secret-key-timestamp is milliseconds since 1970; other units are answered with 2486'
const AGE = 'EPS error 2485: a timestamp is accepted once, and within two minutes of the server’s clock'
const MATCH = 'EPS error 2484: secret-key does not match'
const ISSUED = 'EPS error 2483 and 2484: keys are those that EPS issued, for one environment'
const HASH =
  'EPS v1/v2 samples: request_hash is the HMAC of the timestamp followed by the product’s values, with nothing between'
const SEEN = 'seen in published integrations; EPS answers 2484'

type Text = readonly [title: string, explanation: string, fix: string, source: string]

const KEY_FIX = 'Encode the access key once with base64, and use that text, as ASCII bytes, as the key of the HMAC.'
const MESSAGE_FIX =
  'Sign the 13 digits of the header secret-key-timestamp and nothing else: make the text once, sign it and send it.'
const OUTPUT_FIX = 'Encode the 32 bytes of the HMAC with plain base64: 44 characters that end in one equals sign.'
const HASH_FIX =
  'Join the timestamp’s 13 digits and the values in the product’s order without anything between, and sign that.'
const STAMP_FIX = 'Send the milliseconds since 1970 as 13 digits, such as String(Date.now()).'

export const TEXTS: Readonly<Record<MistakeCode, Text>> = {
  access_key_empty: [
    'No access key',
    'The access key is empty, as when an environment variable is not set.',
    'Give the access key that EPS issued together with the developer key.',
    ISSUED,
  ],
  access_key_invalid: [
    'This is no access key',
    'The access key holds a blank, a quotation mark or what cannot be seen, or half a character, or is longer than 6,144 characters: it was read from a wrong or padded source.',
    'Copy it again from what EPS sent, as plain text.',
    ISSUED,
  ],
  timestamp_missing: [
    'No timestamp',
    'The timestamp is empty, so nothing can be signed for it.',
    STAMP_FIX,
    'EPS error 2487: an authentication header is missing',
  ],
  timestamp_invalid: [
    'This is no timestamp',
    'The timestamp is not a number of 13 digits, and nothing that can be read as one.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_seconds: [
    'Timestamp in seconds',
    'The timestamp has 10 digits: those are seconds. EPS reads milliseconds, which have 13.',
    `${STAMP_FIX} Take the clock’s milliseconds; seconds times 1,000 repeat within a second.`,
    FORM,
  ],
  timestamp_unit: [
    'Timestamp in too small a unit',
    'The timestamp has {detail} digits: those are microseconds or nanoseconds. EPS reads milliseconds, which have 13.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_fraction: [
    'Timestamp with a decimal point',
    'The timestamp was written from a floating-point number, so it carries a fraction.',
    `Round to a whole number of milliseconds before it becomes text. ${STAMP_FIX}`,
    FORM,
  ],
  timestamp_exponent: [
    'Timestamp in exponent form',
    'The timestamp was written from a floating-point number, in a form such as 1.7E12.',
    `Keep it in a 64-bit integer. ${STAMP_FIX}`,
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
    'The timestamp has a blank or a line break around it, as when it was read from a command’s output.',
    `Trim it before it is signed and sent. ${STAMP_FIX}`,
    FORM,
  ],
  timestamp_grouped: [
    'Separators inside the timestamp',
    'The timestamp was formatted for people, with separators between its digits.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_date: [
    'Timestamp is a date',
    'The timestamp is a date as text, where EPS reads milliseconds since 1970.',
    STAMP_FIX,
    FORM,
  ],
  timestamp_stale: [
    'Timestamp too old',
    'The timestamp was {detail} old when EPS received it. The signature was kept and used again, the request waited too long, or this machine’s clock is slow.',
    'Sign each request just before it is sent, never store signed headers, and set the clock by NTP.',
    AGE,
  ],
  timestamp_future: [
    'Timestamp in the future',
    'The timestamp was {detail} ahead of EPS’s clock. This machine’s clock is fast, or a local time was taken for UTC.',
    'Set the clock by NTP, and take milliseconds since 1970 in UTC.',
    AGE,
  ],
  timestamp_reused: [
    'Timestamp used before',
    'A request with this timestamp was sent before. EPS accepts each timestamp once for a developer key.',
    'Sign every request anew, retries too, and add a millisecond when two fall on the same one.',
    AGE,
  ],
  key_raw: [
    'Access key used raw',
    'The access key itself was the key of the HMAC. That also happens when it is encoded with base64 and decoded again before use.',
    KEY_FIX,
    RULE,
  ],
  key_decoded: [
    'Access key decoded',
    'The access key was taken for base64 and decoded to bytes. It is not base64: it must be encoded, not decoded.',
    KEY_FIX,
    RULE,
  ],
  key_already_encoded: [
    'This access key is already encoded',
    'What was given as access key is the base64 text of a key, and your code uses it as it is. So it is encoded in one place and not in the other.',
    'Keep the access key as EPS issued it in your configuration, and encode it once, where it signs.',
    RULE,
  ],
  key_encoded_twice: [
    'Access key encoded twice',
    'The access key went through base64 twice before it became the key of the HMAC.',
    KEY_FIX,
    RULE,
  ],
  key_base64url: [
    'Access key in URL-safe base64',
    'The access key was encoded with the URL-safe alphabet, with - and _ for + and /.',
    `${KEY_FIX} Take the standard alphabet, with padding.`,
    RULE,
  ],
  key_unpadded: [
    'Padding of the encoded access key lost',
    'The equals signs at the end of the encoded access key are missing.',
    `${KEY_FIX} Take the standard alphabet, with padding.`,
    RULE,
  ],
  key_hex: [
    'Access key in hexadecimal',
    'The access key was written in hexadecimal, or taken for hexadecimal, before it became the key of the HMAC.',
    KEY_FIX,
    RULE,
  ],
  key_whitespace: [
    'Blank or line break in the access key',
    'A blank or a line break around the access key was signed with it, as when it is read from a file or with echo.',
    'Trim the access key where it is read.',
    MATCH,
  ],
  key_line_break: [
    'Line break after the encoded access key',
    'The encoder adds a line break to its output, as Android’s default and Python’s encodebytes do, and it became a part of the key.',
    'Take an encoder that does not break lines (Android: NO_WRAP), or trim its output.',
    SEEN,
  ],
  key_quoted: [
    'Quotation marks around the access key',
    'Quotation marks from a configuration file or from JSON became a part of the access key.',
    'Take the quotation marks away where the key is read.',
    MATCH,
  ],
  key_case: [
    'Access key in other letters',
    'The access key was changed to capitals or to small letters before it was used.',
    'Use the access key exactly as EPS issued it.',
    MATCH,
  ],
  key_utf16: [
    'Access key encoded as UTF-16',
    'The text of the access key became bytes as UTF-16, as with Encoding.Unicode of .NET, before base64.',
    'Take its bytes as UTF-8 (ASCII is the same), then encode them with base64.',
    MATCH,
  ],
  key_developer: [
    'Developer key used to sign',
    'The developer key was the key of the HMAC. It only says who is calling; the access key signs.',
    'Sign with the access key, and send the developer key in the header developer_key.',
    SEEN,
  ],
  key_demo: [
    'Signed with the documentation’s access key',
    'This signature was made with a demo access key from the vendor’s pages, not with yours.',
    'Put the access key that EPS issued to you in its place.',
    'demo access keys of the vendor’s documentation',
  ],
  key_missing: [
    'Signed without an access key',
    'An empty or missing value was the key of the HMAC, as when an environment variable is not set.',
    'Check where your code reads the access key, and stop when there is none.',
    MATCH,
  ],
  message_seconds: [
    'Seconds were signed',
    'The seconds of the timestamp were signed, while EPS signs the milliseconds of the header.',
    MESSAGE_FIX,
    RULE,
  ],
  message_unit: [
    'Microseconds or nanoseconds were signed',
    'Another unit of the timestamp was signed than the milliseconds that the header carries.',
    MESSAGE_FIX,
    RULE,
  ],
  message_fraction: [
    'A number with a decimal point was signed',
    'The signed text came from a floating-point number, and differs from the header’s digits.',
    MESSAGE_FIX,
    RULE,
  ],
  message_exponent: [
    'A number in exponent form was signed',
    'The signed text came from a floating-point number, in a form such as 1.7E12.',
    MESSAGE_FIX,
    RULE,
  ],
  message_quoted: [
    'Quotation marks were signed',
    'The timestamp was signed with quotation marks around it, as JSON writes a text.',
    MESSAGE_FIX,
    RULE,
  ],
  message_whitespace: [
    'A blank or a line break was signed',
    'The timestamp was signed with a blank or a line break around it, as when it comes from echo or date.',
    `${MESSAGE_FIX} In a shell use printf %s.`,
    RULE,
  ],
  message_missing: [
    'Nothing was signed',
    'The signed text was empty or the name of a missing value, such as undefined.',
    MESSAGE_FIX,
    RULE,
  ],
  message_base64: [
    'Encoded timestamp was signed',
    'The timestamp was encoded with base64 before it was signed. Only the key is encoded.',
    MESSAGE_FIX,
    RULE,
  ],
  message_date: [
    'A date was signed',
    'A date as text was signed, while EPS signs the milliseconds of the header.',
    MESSAGE_FIX,
    RULE,
  ],
  message_binary: [
    'Timestamp was signed as bytes',
    'The timestamp was signed as a binary number of eight bytes. EPS signs its decimal digits as text.',
    MESSAGE_FIX,
    RULE,
  ],
  message_extra: [
    'More than the timestamp was signed',
    'A key was joined to the timestamp before it was signed.',
    MESSAGE_FIX,
    RULE,
  ],
  message_other_time: [
    'Another timestamp was signed',
    'The signature belongs to a timestamp {detail}. The clock was probably read twice.',
    MESSAGE_FIX,
    RULE,
  ],
  swapped: [
    'Key and message swapped',
    'The timestamp was the key of the HMAC, and the access key its message.',
    'Swap the two arguments: the encoded access key is the key, the timestamp is the message.',
    RULE,
  ],
  plain_digest: [
    'Plain hash instead of HMAC',
    'Key and timestamp were hashed together with SHA-256. An HMAC is something else.',
    'Take the HMAC function of your language’s library, with SHA-256.',
    SEEN,
  ],
  other_hash: ['Another hash than SHA-256', 'The HMAC was made with {detail}.', 'Make it with SHA-256.', RULE],
  output_missing: [
    'No value',
    'There is no value to send.',
    'Check where your code makes it.',
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
    'The HMAC was written with the URL-safe alphabet, with - and _ for + and /.',
    OUTPUT_FIX,
    RULE,
  ],
  output_unpadded: ['Padding lost', 'The equals sign at the end is missing.', OUTPUT_FIX, RULE],
  output_url_encoded: [
    'URL-encoded',
    'The value was URL-encoded, so +, / and = became codes such as %2B. Headers are not URL-encoded.',
    'Put the base64 text into the header as it is.',
    MATCH,
  ],
  output_plus_lost: [
    'Plus signs became blanks',
    'A form or a query decoder has turned every + into a blank.',
    'Do not pass the value through a URL or a form; put it into the header as it is.',
    MATCH,
  ],
  output_html_encoded: [
    'HTML-encoded',
    'A template has escaped characters of the value as HTML entities.',
    'Put the base64 text into the header as it is.',
    MATCH,
  ],
  output_quoted: [
    'Quotation marks around the value',
    'The value was serialised as JSON or copied with its quotation marks.',
    'Send it without quotation marks.',
    MATCH,
  ],
  output_whitespace: [
    'Blank or line break in the value',
    'The encoder breaks lines, or the value was read with what surrounds it.',
    'Take an encoder that does not break lines (Android: NO_WRAP), or trim its output.',
    SEEN,
  ],
  output_labelled: [
    'A word before the value',
    'The header’s name or a scheme such as Bearer stands before the value.',
    'Send the value alone.',
    MATCH,
  ],
  output_base64_of_hex: [
    'Base64 of hexadecimal',
    'The HMAC was written in hexadecimal first, and that text was encoded with base64.',
    `Take the HMAC’s bytes, not its hexadecimal text. ${OUTPUT_FIX}`,
    RULE,
  ],
  output_encoded_twice: ['Encoded twice', 'The HMAC went through base64 twice.', OUTPUT_FIX, RULE],
  output_case: [
    'Letters changed',
    'The value was changed to capitals or to small letters. Base64 tells them apart.',
    'Send the value unchanged.',
    MATCH,
  ],
  output_truncated: [
    'Cut off',
    'The value is the beginning of the right one: a column or a variable was too short.',
    'Keep room for 44 characters.',
    MATCH,
  ],
  hash_without_timestamp: [
    'Timestamp left out of the request hash',
    'The values were signed without the timestamp in front of them.',
    HASH_FIX,
    HASH,
  ],
  hash_part_missing: [
    'A value is missing in the request hash',
    'The signed text lacks {detail} of the product’s values.',
    HASH_FIX,
    HASH,
  ],
  hash_order: [
    'Wrong order in the request hash',
    'The timestamp and the values were joined in another order.',
    HASH_FIX,
    HASH,
  ],
  hash_separator: [
    'Something stands between the values',
    'The values were joined with a separator or as JSON.',
    HASH_FIX,
    HASH,
  ],
  hash_part_form: [
    'A value has another form in the request hash',
    '{detail} was signed in another form than given here: rounded, with decimals, with blanks, or in other letters.',
    'Make the text of each value once, sign it, and put the same text into the body: 50 and 50.0 differ.',
    HASH,
  ],
  secret_key_is_request_hash: [
    'This is the request hash',
    'The value is the right request_hash, in the place of the secret-key.',
    'Send the signature of the timestamp alone as secret-key, and this one as request_hash.',
    HASH,
  ],
  request_hash_is_secret_key: [
    'This is the secret-key',
    'The value is the signature of the timestamp alone, in the place of the request_hash.',
    HASH_FIX,
    HASH,
  ],
  documentation_example: [
    'Value of the documentation',
    'This value is an example of the vendor’s pages. It belongs to their demo key and a time long past.',
    'Compute the value for each request.',
    'samples of the vendor’s documentation',
  ],
  unknown: [
    'Wrong, and no known mistake explains it',
    'The value is not the right one, and none of the known mistakes makes it, alone or together.',
    'Check that access key, timestamp and values are exactly those of that request, then compare with the right value, step by step.',
    MATCH,
  ],
}
