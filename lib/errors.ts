// Errors cross the native boundary as data; the classes are made here.
import type { ErrorCode } from './generated/index.js'
import type { Attempt, Meta } from './types.js'

/** An error as the native side describes it. */
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

/** A call that did not resolve. `code` is stable; `message` and `action` say what to do. */
export class EkoError extends Error {
  /** The stable name of what went wrong; none is ever renamed. */
  declare readonly code: ErrorCode
  /** Whether the same call can succeed later without a change. It does not say that sending it again is safe. */
  declare readonly retryable: boolean
  /** What to do next. */
  declare readonly action: string
  /** The parameters at fault, by the names of this library, each with its rule. */
  declare readonly invalidParams?: Readonly<Record<string, string>>
  /** EPS's ids and message, when EPS answered. */
  declare readonly meta?: Meta
  /** The reference the call carried, where the endpoint takes one. */
  declare readonly clientRefId?: string
  /** How long EPS asked to wait, in milliseconds. */
  declare readonly retryAfterMs?: number
  /** Whether EPS may have received the request. */
  declare readonly maybeSent: boolean
  /**
   * `false` where the journal was not available: this call has sent nothing, but what an earlier one did under the same
   * reference is not known. Send again with the same reference, never with a new one.
   */
  declare readonly sentByThisCall?: false
  /** The history of the call. */
  declare readonly attempts: readonly Attempt[]
  readonly #raw: string | undefined

  /** Errors are made by this library, of what the native side says. */
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

  /** The body of the answer as it came. It may hold personal data, so it is neither printed nor serialised. */
  get raw(): string | undefined {
    return this.#raw
  }

  /** What may be logged: everything but `raw` and the stack. */
  toJSON(): object {
    return Object.assign({ name: this.name, message: this.message }, this)
  }
}

/** Input that breaks a rule: refused before anything was sent, or by EPS naming the parameters (then with `meta`). */
export class EkoValidationError extends EkoError {}
/** EPS did not accept who is calling. */
export class EkoAuthError extends EkoError {}
/** An OTP that is wrong, expired or used. */
export class EkoOtpError extends EkoError {}
/** EPS understood and said no. */
export class EkoRefusedError extends EkoError {}
/** Too many requests. */
export class EkoRateLimitError extends EkoError {}
/** No usable answer arrived; `maybeSent` says whether EPS may have received the request. */
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
  // On the prototype, so that a name is not printed beside every error.
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true })
}

/** The error that this data describes. @internal */
export function fromData(data: ErrorData): EkoError {
  return new (classes[data.class] ?? EkoError)(data)
}

/** The error of a refusal's text. @internal */
export function fromRefusal(text: string): EkoError {
  return fromData(JSON.parse(text.slice(1)) as ErrorData)
}

/** A refusal made on this side, before anything reached the native one. @internal */
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
