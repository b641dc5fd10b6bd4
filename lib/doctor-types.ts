// Input and output of `eko-eps/doctor`.

/**
 * Signature to diagnose. Give `secretKey`, `requestHash` or both. Without them the diagnosis has only the right values.
 */
export interface DiagnoseInput {
  /** Access key that EPS issued. It is neither kept nor repeated. */
  accessKey: string
  /** `secret-key-timestamp`, exactly as your code sends it. */
  timestamp: string | number
  /** `secret-key` that your code made. */
  secretKey?: string
  /** `request_hash` of the v1/v2 products, and the values that it is made of. */
  requestHash?: {
    /** Hash that your code made. Without it the diagnosis has only the right value. */
    value?: string
    /** Values in the order of the product, each as the body carries it. The timestamp is not one of them. */
    parts: readonly string[]
  }
  /** Developer key. With it, code that signs with the developer key instead of the access key is recognised. */
  developerKey?: string
  /**
   * Time when EPS received the request, in milliseconds since 1970. Without it the age of the timestamp is not judged.
   */
  now?: number
  /** Timestamps that were sent before with this developer key. */
  usedTimestamps?: readonly (string | number)[]
}

/** Value that a finding is about. */
export type Subject = 'access_key' | 'timestamp' | 'secret-key' | 'request_hash'

/** Stable code of a mistake. A code is never renamed. */
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

/** One mistake. It is plain data and holds no key. */
export interface Finding {
  /** Stable code of the mistake. */
  code: MistakeCode
  /** Value that shows the mistake. */
  about: Subject
  /** Mistake in a few words. */
  title: string
  /** Explanation of what happened. */
  explanation: string
  /** Change that corrects the mistake. */
  fix: string
  /** Source of the rule that was broken. */
  source: string
}

/** Right values, and the mistakes that were found. */
export interface Diagnosis {
  /** True if no mistake was found. */
  ok: boolean
  /** Right values, as far as they can be computed from the key and the timestamp. */
  expected: {
    /** Timestamp in the form that EPS reads. */
    timestamp?: string
    /** Signature of that timestamp. */
    secretKey?: string
    /** Request hash of that timestamp and the parts. */
    requestHash?: string
  }
  /** All mistakes that were found, each once per value that it is about. */
  findings: Finding[]
}
