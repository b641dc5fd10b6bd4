// Types that generated and hand-written code share.

/** Ids and message that EPS sent, and facts about the call. Every outcome has them, and every refusal by EPS. */
export interface Meta {
  /** Value of `status` in the answer. 0 means success in general, but does not decide the outcome by itself. */
  readonly status?: number
  /** Value of `response_status_id` in the answer. Use it for display only. */
  readonly responseStatusId?: number
  /** Value of `response_type_id` in the answer. It names the shape of the answer. */
  readonly responseTypeId?: number
  /** Value of `tx_status` in the answer: the state of the transaction. */
  readonly txStatus?: number
  /** Message from EPS, for people to read. */
  readonly message?: string
  /** Reference (`client_ref_id`) that the call sent: yours, or the one that this library generated. */
  readonly clientRefId?: string
  /**
   * Names of the members that the answer contains twice with different values. This library uses the last value, as
   * `JSON.parse` does. Trust neither value.
   */
  readonly twice?: readonly string[]
  /** HTTP status of the answer. */
  readonly httpStatus: number
  /** Number of HTTP requests that the call sent. */
  readonly attempts: number
  /** Time from the start of the call to its answer, in milliseconds. */
  readonly durationMs: number
}

declare global {
  // For TypeScript projects whose `lib` does not contain the DOM and that do not load the types of Node.
  interface AbortSignal {
    readonly aborted: boolean
  }
}

/** Options for one call. */
export interface CallOptions {
  /**
   * Signal that aborts the call. The call then rejects with code `aborted`. A request that was already sent is not
   * undone: check `maybeSent` of the error.
   */
  signal?: AbortSignal
  /** Maximum time of the call, in milliseconds, including all attempts. Default: `deadlineMs` of the client. */
  deadlineMs?: number
}

/** One attempt to send the request of a call. */
export interface Attempt {
  /** Progress of the request at the end of the attempt, from `notDispatched` to `bodyComplete`. */
  readonly phase: 'notDispatched' | 'partlyWritten' | 'dispatched' | 'fullyWritten' | 'headersSeen' | 'bodyComplete'
  /** Result of the attempt: `answered`, or the code of the error that ended it. */
  readonly result: string
  /** HTTP status of the answer, if one arrived. */
  readonly httpStatus?: number
  /** Duration of the attempt, in milliseconds. */
  readonly durationMs: number
  /** Number of bytes that the connection accepted, and size of the whole request in bytes. Present for debits only. */
  readonly bytes?: readonly [number, number]
}

/**
 * Signed request. Send it with an HTTP client of your own within two minutes. It is masked when it is printed or
 * serialised; `{ ...request }` is a plain object with the real values.
 */
export interface SignedRequest {
  /** HTTP method: `GET`, `POST` or `PUT`. */
  readonly method: string
  /** Full address, query included. */
  readonly url: string
  /** All headers, including the headers of the signature. */
  readonly headers: Readonly<Record<string, string>>
  /** Body of the request; `null` if there is none. */
  readonly body: string | null
}

/** Answer that your own HTTP client received. Pass it to `interpret`. */
export interface HttpAnswer {
  /** HTTP status of the answer. */
  readonly status: number
  /** Headers of the answer: an object in the form of `node:http`, a `Headers` object, or `[name, value]` pairs. */
  readonly headers?:
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | Iterable<readonly [string, string]>
  /** Body of the answer, unchanged. Do not pass it through `JSON.parse` first, because that rounds large numbers. */
  readonly body: string | Uint8Array
}
