// Converts the outcomes of debits, and the answers of the journal, from native text to objects.

import { type ErrorData, fromData } from '../client/errors.js'
import { read, withRaw } from '../client/text.js'
import type { NativeClient } from '../native/native.js'
import { ask } from '../native/receiver.js'
import { fault } from './money-checks.js'
import type { Callback, CallbackBody, JournalEntry, MoneyOutcome } from './money-types.js'

/** Outcome of a debit, as the native module describes it. */
interface Told {
  op: string
  outcome: MoneyOutcome['outcome']
  clientRefId: string
  error?: ErrorData
  raw?: string
}

/** Access to the journal of one client. */
export class Journal {
  readonly #native: NativeClient

  constructor(client: NativeClient) {
    this.#native = client
  }

  /**
   * Converts the native text of a debit's outcome to an object. Methods, and members that must not be printed, are not
   * enumerable.
   */
  outcome(text: string): MoneyOutcome {
    const { raw, error, ...told } = JSON.parse(read(text)) as Told
    const value = error === undefined ? told : { ...told, error: fromData(error) }
    return this.#complete(withRaw(value, raw))
  }

  /** Sends a command to the journal and resolves to its answer. */
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

  /** Reads a callback that EPS posted. Code can read all members, but `fields` is neither printed nor serialised. */
  callback(body: CallbackBody): Callback {
    const { fields, ...callback } = JSON.parse(read(this.#native.callback(bodyText(body)))) as Callback
    return Object.defineProperty(callback, 'fields', { value: fields, enumerable: false }) as Callback
  }

  async merge(body: CallbackBody): Promise<JournalEntry | undefined> {
    return (await this.ask<JournalEntry | null>({ do: 'callback', body: bodyText(body) })) ?? undefined
  }

  /** Converts the present journal entry of a debit to an outcome. `before` is the outcome that the caller holds. */
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
    // The error explains why the outcome is unknown, so it is dropped once the outcome is known.
    if (outcome === 'indeterminate' && before.outcome === outcome) value.error = error
    const known = Object.entries(value).filter(([, member]) => member !== undefined)
    return this.#complete(Object.fromEntries(known))
  }
}

/** Converts a body to text. Bytes that are not UTF-8 become U+FFFD. */
function bodyText(body: unknown): string {
  // A lone surrogate is not valid Unicode. The conversion to bytes replaces it with U+FFFD.
  if (typeof body === 'string') return Buffer.from(body, 'utf8').toString('utf8')
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  if (typeof body !== 'object' || body === null)
    throw fault('body', 'must be the body that EPS posted: text, bytes or a parsed object')
  return JSON.stringify(body)
}
