// Errors cross the native boundary as data. The error objects are created here.
import type { ErrorCode } from './generated/index.js'
import type { Attempt, Meta } from './types.js'

/** Error as the native side describes it. */
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
}

/** Error of a call that did not resolve. `code` is stable; `message` and `action` say what to do. */
export class EkoError extends Error {
  /** Stable code of the failure. A code is never renamed. */
  declare readonly code: ErrorCode
  /** True if the same call can succeed later without a change. It does not mean that sending it again is safe. */
  declare readonly retryable: boolean
  /** Next step for the caller, in words. */
  declare readonly action: string
  /** Parameters at fault, by their names in this library. The value is the rule that the parameter breaks. */
  declare readonly invalidParams?: Readonly<Record<string, string>>
  /** EPS's ids and message, if EPS answered. */
  declare readonly meta?: Meta
  /** Reference that the call carried, if the endpoint takes one. */
  declare readonly clientRefId?: string
  /** Time that EPS asked the caller to wait, in milliseconds. */
  declare readonly retryAfterMs?: number
  /** True if EPS may have received the request. */
  declare readonly maybeSent: boolean
  /**
   * `false` if the journal was not available. This call has sent nothing, but it is not known what an earlier call did
   * with the same reference. Send again with the same reference, never with a new one.
   */
  declare readonly sentByThisCall?: false
  /** History of the call: one entry per attempt. */
  declare readonly attempts: readonly Attempt[]
  readonly #raw: string | undefined

  /** Creates an error from the data of the native side. Only this library creates errors. */
  constructor(data: ErrorData) {
    super(data.message)
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

  /** Body of the answer, unchanged. It may hold personal data, so it is neither printed nor serialised. */
  get raw(): string | undefined {
    return this.#raw
  }

  /** Returns what may be logged: everything except `raw` and the stack. */
  toJSON(): object {
    return Object.assign({ name: this.name, message: this.message }, this)
  }
}

/**
 * Error for input that breaks a rule. This library refused it before anything was sent, or EPS refused it and named the
 * parameters. In the second case `meta` is present.
 */
export class EkoValidationError extends EkoError {}
/** Refusal because EPS did not accept the identity of the caller. */
export class EkoAuthError extends EkoError {}
/** Refusal because an OTP is wrong, expired or already used. */
export class EkoOtpError extends EkoError {}
/** Refusal by EPS of a request that it understood. */
export class EkoRefusedError extends EkoError {}
/** Refusal because of too many requests. */
export class EkoRateLimitError extends EkoError {}
/** Failure without a usable answer. `maybeSent` says whether EPS may have received the request. */
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
  // Set on the prototype, so that the name is not printed beside every error.
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true })
}

/** Creates the error that this data describes. @internal */
export function fromData(data: ErrorData): EkoError {
  return new (classes[data.class] ?? EkoError)(data)
}

/** Creates the error from the text of a refusal. @internal */
export function fromRefusal(text: string): EkoError {
  return fromData(JSON.parse(text.slice(1)) as ErrorData)
}

/** Creates a refusal in JavaScript, before anything reached the native side. @internal */
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
