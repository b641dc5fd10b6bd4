// Types that generated and hand-written code share.

/** EPS's ids and message. Every outcome and every refusal carries them. */
export interface Meta {
  /** `status` of the answer. 0 is success in general, and is not enough to decide. */
  readonly status?: number
  /** `response_status_id`, for display only. */
  readonly responseStatusId?: number
  /** `response_type_id`, the shape of the answer. */
  readonly responseTypeId?: number
  /** `tx_status`, the state of a transaction. */
  readonly txStatus?: number
  /** Message of EPS, for people. */
  readonly message?: string
  /** Reference that the call carried: yours, or the one generated for it. */
  readonly clientRefId?: string
  /**
   * Names that the answer gives twice, with different values. The last value is used, as in `JSON.parse`. Trust neither
   * value.
   */
  readonly twice?: readonly string[]
  /** HTTP status of the answer. */
  readonly httpStatus: number
  /** Number of requests that were sent. */
  readonly attempts: number
  /** Time from the call to its answer, in milliseconds. */
  readonly durationMs: number
}

declare global {
  // For compilers whose `lib` has no DOM and that do not know Node's types.
  interface AbortSignal {
    readonly aborted: boolean
  }
}

/** Options of one call. */
export interface CallOptions {
  /**
   * Signal that aborts the call, which then rejects with code `aborted`. A request that has left is not undone: see
   * `maybeSent` of the error.
   */
  signal?: AbortSignal
  /** Longest time that the call may take, in milliseconds, all attempts included. */
  deadlineMs?: number
}

/** One attempt of a call. */
export interface Attempt {
  /** Progress of the request, from `notDispatched` to `bodyComplete`. */
  readonly phase: 'notDispatched' | 'partlyWritten' | 'dispatched' | 'fullyWritten' | 'headersSeen' | 'bodyComplete'
  /** Result of the attempt: an error code, or `answered`. */
  readonly result: string
  /** HTTP status, if one arrived. */
  readonly httpStatus?: number
  /** Duration of the attempt, in milliseconds. */
  readonly durationMs: number
  /** Number of bytes that the connection took, and number of bytes of the whole request. Counted for debits only. */
  readonly bytes?: readonly [number, number]
}

/**
 * Signed request, to be sent by other means within two minutes. It is masked when printed or serialised; `{ ...it }`
 * gives a plain object.
 */
export interface SignedRequest {
  /** HTTP method: `GET`, `POST` or `PUT`. */
  readonly method: string
  /** Full address, query included. */
  readonly url: string
  /** All headers, including those of the signature. */
  readonly headers: Readonly<Record<string, string>>
  /** Body of the request; `null` if there is none. */
  readonly body: string | null
}

/** Answer that was received by other means, for `interpret`. */
export interface HttpAnswer {
  /** HTTP status of the answer. */
  readonly status: number
  /** Headers of the answer: an object as `node:http` gives it, a `Headers` object, or pairs. */
  readonly headers?:
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | Iterable<readonly [string, string]>
  /** Body of the answer, unchanged. Do not use JSON.parse before, because it would round large numbers. */
  readonly body: string | Uint8Array
}
