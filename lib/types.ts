// Types that generated and hand-written code share.

/** EPS's ids and message, beside every outcome and every refusal. */
export interface Meta {
  /** `status`; 0 is success in general, and is not enough to decide. */
  readonly status?: number
  /** `response_status_id`, for display only. */
  readonly responseStatusId?: number
  /** `response_type_id`, the shape of the answer. */
  readonly responseTypeId?: number
  /** `tx_status`, the state of a transaction. */
  readonly txStatus?: number
  /** EPS's text, for people. */
  readonly message?: string
  /** The reference the call carried: yours, or the one generated for it. */
  readonly clientRefId?: string
  /** Names that the answer gives twice, with different values. The last stands, as in `JSON.parse`; believe neither. */
  readonly twice?: readonly string[]
  /** The HTTP status. */
  readonly httpStatus: number
  /** How many requests were sent. */
  readonly attempts: number
  /** From the call to its answer, in milliseconds. */
  readonly durationMs: number
}

declare global {
  // For compilers whose `lib` has no DOM and that do not know Node's types.
  interface AbortSignal {
    readonly aborted: boolean
  }
}

/** What may be said about one call. */
export interface CallOptions {
  /** Aborting it rejects the call with code `aborted`. What has left is not undone: see `maybeSent` of the error. */
  signal?: AbortSignal
  /** The longest the call may take, in milliseconds, all attempts included. */
  deadlineMs?: number
}

/** One attempt of a call. */
export interface Attempt {
  /** How far the request got. */
  readonly phase: 'notDispatched' | 'partlyWritten' | 'dispatched' | 'fullyWritten' | 'headersSeen' | 'bodyComplete'
  /** How the attempt ended: an error code, or `answered`. */
  readonly result: string
  /** The HTTP status, if one arrived. */
  readonly httpStatus?: number
  /** How long it took, in milliseconds. */
  readonly durationMs: number
  /** Bytes that its connection took, and bytes of the whole request: counted for debits. */
  readonly bytes?: readonly [number, number]
}

/** A signed request, to be sent by other means within two minutes. Masked when printed or serialised; `{ ...it }` is plain. */
export interface SignedRequest {
  /** `GET`, `POST` or `PUT`. */
  readonly method: string
  /** The full address, query included. */
  readonly url: string
  /** All headers, the signature's among them. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, if there is one. */
  readonly body: string | null
}

/** An answer that was received by other means, for `interpret`. */
export interface HttpAnswer {
  /** The HTTP status. */
  readonly status: number
  /** Its headers: as `node:http` gives them, a `Headers` object, or pairs. */
  readonly headers?:
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | Iterable<readonly [string, string]>
  /** The body as it came, before any JSON.parse, which would round large numbers. */
  readonly body: string | Uint8Array
}
