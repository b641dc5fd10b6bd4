// What `eko-eps/doctor` takes and gives.

/** What to look at. Give `secretKey`, `requestHash` or both; without them the diagnosis is just the right values. */
export interface DiagnoseInput {
  /** The access key that EPS issued. It is neither kept nor repeated. */
  accessKey: string
  /** The `secret-key-timestamp` that your code sends, exactly as it sends it. */
  timestamp: string | number
  /** The `secret-key` that your code made. */
  secretKey?: string
  /** The `request_hash` of the v1/v2 products. */
  requestHash?: {
    /** What your code made; without it the diagnosis is just the right value. */
    value?: string
    /** The product's values in the product's order, each as the body carries it, without the timestamp. */
    parts: readonly string[]
  }
  /** The developer key: code that signs with it instead of the access key is then recognised. */
  developerKey?: string
  /** When EPS received the request, in milliseconds. Without it the age of the timestamp is not judged. */
  now?: number
  /** Timestamps that were sent before with this developer key. */
  usedTimestamps?: readonly (string | number)[]
}

/** What a finding is about. */
export type Subject = 'access_key' | 'timestamp' | 'secret-key' | 'request_hash'

/** The stable name of a mistake; none is ever renamed. */
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

/** One mistake. Plain data, without any key. */
export interface Finding {
  /** The stable name of the mistake. */
  code: MistakeCode
  /** Where it shows. */
  about: Subject
  /** The mistake in a few words. */
  title: string
  /** What happened. */
  explanation: string
  /** What to change. */
  fix: string
  /** Where the rule stands. */
  source: string
}

/** What is right, and what went wrong. */
export interface Diagnosis {
  /** Whether nothing is wrong. */
  ok: boolean
  /** The right values, as far as the key and the timestamp allow to compute them. */
  expected: {
    /** The timestamp in the form that EPS reads. */
    timestamp?: string
    /** The signature of that timestamp. */
    secretKey?: string
    /** The request hash of that timestamp and the parts. */
    requestHash?: string
  }
  /** Every mistake that was found, each once for what it is about. */
  findings: Finding[]
}
