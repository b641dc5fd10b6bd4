// Error classes. The native module describes an error as data, and this file creates the error object.
import type { ErrorCode } from '../generated/errors.js'
import type { AbortSignalLike, Attempt, Meta } from './types.js'

/** Data of an error, as the native module describes it. */
export interface ErrorData {
  class: string
  code: ErrorCode
  message: string
  retryable: boolean
  action: string
  invalidParams?: Record<string, string>
  meta?: Meta
  clientRefId?: string
  raw?: string
  retryAfterMs?: number
  maybeSent: boolean
  sentByThisCall?: false
  attempts: Attempt[]
  cause?: string
}

/** Error with which a call rejects. Your code should check `code`; `message` and `action` are for people. */
export class EkoError extends Error {
  /** Code of the error. Codes are never renamed. */
  declare readonly code: ErrorCode
  /** True if the same call, unchanged, can succeed later. Even then, it may not be safe to send a debit again. */
  declare readonly retryable: boolean
  /** Advice for a person on what to do next. */
  declare readonly action: string
  /** Rule that each refused parameter breaks, by the name of the parameter in this library. */
  declare readonly invalidParams?: Readonly<Record<string, string>>
  /** Ids and message that EPS sent, if EPS answered. */
  declare readonly meta?: Meta
  /** Reference (`client_ref_id`) that the call carried, if its endpoint takes one. */
  declare readonly clientRefId?: string
  /** Time that EPS asked the caller to wait before the next request, in milliseconds. */
  declare readonly retryAfterMs?: number
  /** True if EPS may have received the request. */
  declare readonly maybeSent: boolean
  /**
   * `false` if this call of a debit sent nothing. An earlier call with the same reference may have sent a request.
   * Follow `action`. After a `journal.*` error, keep the same reference.
   */
  declare readonly sentByThisCall?: false
  /** History of the call: one entry for each attempt. */
  declare readonly attempts: readonly Attempt[]
  readonly #raw: string | undefined

  /** Creates an error from the data of the native module. Only this library calls it. */
  constructor(data: ErrorData) {
    // The cause is not enumerable, so that it is printed but not serialised.
    super(data.message, data.cause === undefined ? undefined : { cause: new Error(data.cause) })
    this.code = data.code
    this.retryable = data.retryable
    this.action = data.action
    if (data.invalidParams !== undefined) this.invalidParams = data.invalidParams
    if (data.meta !== undefined) this.meta = data.meta
    if (data.clientRefId !== undefined) this.clientRefId = data.clientRefId
    if (data.retryAfterMs !== undefined) this.retryAfterMs = data.retryAfterMs
    this.maybeSent = data.maybeSent
    if (data.sentByThisCall !== undefined) this.sentByThisCall = data.sentByThisCall
    this.attempts = data.attempts
    this.#raw = data.raw
  }

  /** Body of the answer, unchanged. Not printed or serialised, because it may hold personal data. */
  get raw(): string | undefined {
    return this.#raw
  }

  /** Returns the members that may be logged: all except `raw` and the stack. */
  toJSON(): object {
    return Object.assign({ name: this.name, message: this.message }, this)
  }
}

/**
 * Error for input that breaks a rule. Without `meta`, this library refused the input and sent nothing. With `meta`, EPS
 * refused the input and named the parameters.
 */
export class EkoValidationError extends EkoError {}
/** Refusal by EPS because it did not accept the identity of the caller. */
export class EkoAuthError extends EkoError {}
/** Refusal because an OTP is wrong, expired or already used. */
export class EkoOtpError extends EkoError {}
/** Refusal by EPS of a request that it understood but did not accept. */
export class EkoRefusedError extends EkoError {}
/** Refusal because too many requests were sent. */
export class EkoRateLimitError extends EkoError {}
/** Failure of a call that got no usable answer. `maybeSent` is true if EPS may have received the request. */
export class EkoTransportError extends EkoError {}

const classes: Record<string, typeof EkoError> = {
  EkoValidationError,
  EkoAuthError,
  EkoOtpError,
  EkoRefusedError,
  EkoRateLimitError,
  EkoTransportError,
}

for (const [name, type] of Object.entries({ EkoError, ...classes })) {
  // The name is set on the prototype, so that it is not printed as a member of every error.
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true })
}

/** Creates an error object from its data. @internal */
export function fromData(data: ErrorData): EkoError {
  return new (classes[data.class] ?? EkoError)(data)
}

/** Creates an error object from the text of a refusal: `!` followed by JSON. @internal */
export function fromRefusal(text: string): EkoError {
  return fromData(JSON.parse(text.slice(1)) as ErrorData)
}

/**
 * Makes the reason of an abort the cause of the error. A signal whose `reason` throws sets no cause, because the
 * outcome of a debit must not be lost. @internal
 */
export function withReason<T>(error: T, signal: AbortSignalLike | undefined): T {
  if (!(error instanceof EkoError) || error.code !== 'aborted') return error
  try {
    const value = signal?.reason
    if (value !== undefined) Object.defineProperty(error, 'cause', { value, configurable: true, writable: true })
  } catch {
    // Reading `reason` has thrown. The error is returned without a cause.
  }
  return error
}

/** Creates an error for a call that JavaScript refuses before the native module is called. @internal */
export function refuse(
  code: ErrorCode,
  message: string,
  action: string,
  invalidParams?: Record<string, string>,
): EkoError {
  const data: ErrorData = {
    class: 'EkoValidationError',
    code,
    message,
    action,
    retryable: false,
    maybeSent: false,
    attempts: [],
  }
  return new EkoValidationError(invalidParams === undefined ? data : { ...data, invalidParams })
}
