// Types of the input and output of `eko-eps/doctor`.

/**
 * Signature to diagnose. Give `secretKey`, `requestHash` or both. Without them, the diagnosis contains only the correct
 * values.
 */
export interface DiagnoseInput {
  /** Access key that EPS issued. The diagnosis neither keeps nor repeats it. */
  accessKey: string
  /** Value of `secret-key-timestamp`, exactly as your code sends it. */
  timestamp: string | number
  /** Value of `secret-key` that your code computed. */
  secretKey?: string | undefined
  /** Value of `request_hash` (v1/v2 products), and the values from which it is computed. */
  requestHash?:
    | {
        /** Hash that your code computed. If absent, the diagnosis contains only the correct hash. */
        value?: string | undefined
        /** Values in the order that the product prescribes, each exactly as in the body. Leave out the timestamp. */
        parts: readonly string[]
      }
    | undefined
  /** Developer key. The doctor uses it to recognise a signature that was made with the developer key by mistake. */
  developerKey?: string | undefined
  /** Time when EPS received the request, in Unix milliseconds. Without it, the age of the timestamp is not checked. */
  now?: number | undefined
  /** Timestamps that were already sent with this developer key. */
  usedTimestamps?: readonly (string | number)[] | undefined
}

/** Value that a finding is about. */
export type Subject = 'access_key' | 'timestamp' | 'secret-key' | 'request_hash'

/** Code of a mistake. Codes are never renamed. */
export type MistakeCode =
  | 'access_key_empty'
  | 'access_key_invalid'
  | 'timestamp_missing'
  | 'timestamp_invalid'
  | 'timestamp_seconds'
  | 'timestamp_unit'
  | 'timestamp_fraction'
  | 'timestamp_exponent'
  | 'timestamp_quoted'
  | 'timestamp_whitespace'
  | 'timestamp_grouped'
  | 'timestamp_date'
  | 'timestamp_stale'
  | 'timestamp_future'
  | 'timestamp_reused'
  | 'key_raw'
  | 'key_decoded'
  | 'key_already_encoded'
  | 'key_encoded_twice'
  | 'key_base64url'
  | 'key_unpadded'
  | 'key_hex'
  | 'key_whitespace'
  | 'key_line_break'
  | 'key_quoted'
  | 'key_case'
  | 'key_utf16'
  | 'key_developer'
  | 'key_demo'
  | 'key_missing'
  | 'message_seconds'
  | 'message_unit'
  | 'message_fraction'
  | 'message_exponent'
  | 'message_quoted'
  | 'message_whitespace'
  | 'message_missing'
  | 'message_base64'
  | 'message_date'
  | 'message_binary'
  | 'message_extra'
  | 'message_other_time'
  | 'swapped'
  | 'plain_digest'
  | 'other_hash'
  | 'output_missing'
  | 'output_hex'
  | 'output_base64url'
  | 'output_unpadded'
  | 'output_url_encoded'
  | 'output_plus_lost'
  | 'output_html_encoded'
  | 'output_quoted'
  | 'output_whitespace'
  | 'output_labelled'
  | 'output_base64_of_hex'
  | 'output_encoded_twice'
  | 'output_case'
  | 'output_truncated'
  | 'hash_without_timestamp'
  | 'hash_part_missing'
  | 'hash_order'
  | 'hash_separator'
  | 'hash_part_form'
  | 'secret_key_is_request_hash'
  | 'request_hash_is_secret_key'
  | 'documentation_example'
  | 'unknown'

/** One mistake in the signature. It is plain data and contains no key. */
export interface Finding {
  /** Stable code of the mistake. */
  code: MistakeCode
  /** Value that contains the mistake. */
  about: Subject
  /** Name of the mistake, in a few words. */
  title: string
  /** Explanation of how the wrong value was made. */
  explanation: string
  /** Change that corrects the mistake. */
  fix: string
  /** Source of the rule that was broken, such as an error code of EPS. */
  source: string
}

/** Result of a diagnosis: the correct values, and the mistakes that were found. */
export interface Diagnosis {
  /** True if no mistake was found. */
  ok: boolean
  /** Correct values, as far as they can be computed from the access key and the timestamp. */
  expected: {
    /** Timestamp in the form that EPS accepts: milliseconds since 1970, as text. */
    timestamp?: string | undefined
    /** Correct `secret-key` for that timestamp. */
    secretKey?: string | undefined
    /** Correct `request_hash` for that timestamp and the given `parts`. */
    requestHash?: string | undefined
  }
  /** All mistakes that were found. A mistake appears once for each value that contains it. */
  findings: Finding[]
}
