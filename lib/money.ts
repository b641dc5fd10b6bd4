// Debits on this side: their outcomes, and what the journal answers.

import { type ErrorData, fromData } from './errors.js'
import { fault } from './money-checks.js'
import type { Callback, CallbackBody, JournalEntry, MoneyOutcome } from './money-types.js'
import type { NativeClient } from './native.js'
import { ask } from './receiver.js'
import { read, withRaw } from './text.js'

/** A debit's answer as the native side tells it. */
interface Told {
  op: string
  outcome: MoneyOutcome['outcome']
  clientRefId: string
  error?: ErrorData
  raw?: string
}

/** The journal of one client. */
export class Journal {
  readonly #native: NativeClient

  constructor(client: NativeClient) {
    this.#native = client
  }

  /** The outcome in this text. What must not be printed, and what only acts, is not enumerable. */
  outcome(text: string): MoneyOutcome {
    const { raw, error, ...told } = JSON.parse(read(text)) as Told
    const value = error === undefined ? told : { ...told, error: fromData(error) }
    return this.#complete(withRaw(value, raw))
  }

  /** Asks the journal, and resolves to what it says. */
  async ask<T>(command: object): Promise<T> {
    const text = await ask((id) => this.#native.journal(id, JSON.stringify(command)))
    return JSON.parse(read(text)) as T
  }

  #complete(value: object): MoneyOutcome {
    const outcome = value as MoneyOutcome
    if (outcome.outcome === 'refundPending') Object.assign(outcome, { next: 'sendRefundOtp' })
    switch (outcome.outcome) {
      case 'pending':
      case 'refundPending':
      case 'indeterminate': {
        const { op, clientRefId: reference } = outcome
        const resolve = async () => this.#known(outcome, await this.ask({ do: 'resolve', op, reference }))
        return Object.defineProperty(outcome, 'resolve', { value: resolve, enumerable: false })
      }
      case 'settled':
      case 'declined':
      case 'refunded':
      case 'notSent':
        return outcome
    }
  }

  /** What EPS posted. All that came is readable, but not printed. */
  callback(body: CallbackBody): Callback {
    const { fields, ...callback } = JSON.parse(read(this.#native.callback(bodyText(body)))) as Callback
    return Object.defineProperty(callback, 'fields', { value: fields, enumerable: false }) as Callback
  }

  async merge(body: CallbackBody): Promise<JournalEntry | undefined> {
    return (await this.ask<JournalEntry | null>({ do: 'callback', body: bodyText(body) })) ?? undefined
  }

  /** What the journal knows now, in the form of an outcome. */
  #known(before: MoneyOutcome, entry: JournalEntry): MoneyOutcome {
    const { op, outcome, reusable, reservationId, revision, tid, contradiction, why, nextInquiryAt } = entry
    const { clientRefId, evidence, error } = before
    const open = outcome === 'pending' || outcome === 'refundPending' || outcome === 'indeterminate'
    const value: Record<string, unknown> = {
      op,
      outcome,
      clientRefId,
      reservationId,
      revision,
      reusable,
      tid,
      evidence,
    }
    Object.assign(value, { contradiction }, open ? { why, nextInquiryAt } : {})
    if (outcome === 'declined') value.beforeWork = reusable
    // What was said of an end that is not known holds of no other.
    if (outcome === 'indeterminate' && before.outcome === outcome) value.error = error
    const known = Object.entries(value).filter(([, member]) => member !== undefined)
    return this.#complete(Object.fromEntries(known))
  }
}

/** A body as text. Bytes that are no UTF-8 become U+FFFD. */
function bodyText(body: unknown): string {
  // Half a surrogate pair is no Unicode: it is read as U+FFFD, as in bytes.
  if (typeof body === 'string') return Buffer.from(body, 'utf8').toString('utf8')
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  if (typeof body !== 'object' || body === null)
    throw fault('body', 'must be the body that EPS posted: text, bytes or its JSON')
  return JSON.stringify(body)
}
