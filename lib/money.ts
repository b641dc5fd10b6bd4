// Debits on this side: their outcomes, their journal, and the news of them.
import { ask, listen } from './door.js'
import { type ErrorData, fromData, refuse } from './errors.js'
import type { Callback, CallbackBody, DebitEvent, DebitKey, JournalEntry, MoneyOutcome } from './money-types.js'
import type { NativeClient } from './native.js'
import { knownOptions } from './options.js'
import { read, withRaw } from './text.js'

/** A debit's answer as the native side tells it. */
interface Told {
  outcome: MoneyOutcome['outcome']
  clientRefId: string
  tid?: string
  evidence: MoneyOutcome['evidence']
  error?: ErrorData
  raw?: string
}

/** What `eko.on` takes. */
export type Listener = (event: DebitEvent) => void

/** The journal of one client, and who listens to it. */
export class Journal {
  readonly #native: NativeClient
  readonly #listeners = new Map<DebitEvent['kind'], Set<Listener>>()
  #listening = false

  constructor(client: NativeClient) {
    this.#native = client
  }

  /** The outcome in this text. What must not be printed, and what only acts, is not enumerable. */
  outcome(op: string, text: string): MoneyOutcome {
    const { raw, error, ...told } = JSON.parse(read(text)) as Told
    const value = error === undefined ? told : { ...told, error: fromData(error) }
    return this.#complete(op, withRaw(value, raw))
  }

  /** Asks the journal, and resolves to what it says. */
  async ask(command: object): Promise<unknown> {
    const text = await ask((id) => this.#native.journal(id, JSON.stringify(command)))
    return JSON.parse(read(text))
  }

  /** Adds a listener; returns what removes it. */
  on(kind: DebitEvent['kind'], listener: Listener): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set()
    this.#listeners.set(kind, listeners)
    // A function of its own, so that one listener may be added twice and removed once.
    const own: Listener = (event) => listener(event)
    listeners.add(own)
    if (!this.#listening) {
      this.#listening = true
      listen((id) => this.#native.listen(id), this.#tell)
    }
    return () => void listeners.delete(own)
  }

  readonly #tell = (text: string): void => {
    const event = JSON.parse(text) as DebitEvent
    for (const listener of this.#listeners.get(event.kind) ?? []) {
      try {
        listener(event)
      } catch (error) {
        // A listener's mistake is its owner's to hear of, and no other listener's.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  #complete(op: string, value: object): MoneyOutcome {
    const outcome = value as MoneyOutcome
    if (outcome.outcome === 'refundPending') Object.assign(outcome, { next: 'sendRefundOtp' })
    switch (outcome.outcome) {
      case 'pending':
      case 'refundPending':
      case 'indeterminate': {
        const resolve = async () => this.#known(outcome, await this.resolve({ op, reference: outcome.clientRefId }))
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
    const entry = (await this.ask({ do: 'callback', body: bodyText(body) })) as JournalEntry | null
    return entry ?? undefined
  }

  resolve(key: DebitKey): Promise<JournalEntry> {
    return this.ask({ do: 'resolve', ...key }) as Promise<JournalEntry>
  }

  /** What the journal knows now, in the form of an outcome. */
  #known(before: MoneyOutcome, entry: JournalEntry): MoneyOutcome {
    const { outcome, tid, nextInquiryAt } = entry
    const value: Record<string, unknown> = { outcome, clientRefId: before.clientRefId, evidence: before.evidence }
    if (tid !== undefined) value.tid = tid
    if (nextInquiryAt !== undefined) value.nextInquiryAt = nextInquiryAt
    if (outcome === 'declined') value.beforeWork = entry.reusable
    if (outcome === 'indeterminate' && before.outcome === 'indeterminate') {
      if (before.error !== undefined) value.error = before.error
      if (before.contradiction !== undefined) value.contradiction = before.contradiction
    }
    return this.#complete(entry.op, value)
  }
}

const ACTION = 'Correct the parameters named in invalidParams.'

function fault(name: string, rule: string): Error {
  return refuse('invalid_params', `${name} ${rule}`, ACTION, { [name]: rule })
}

function bodyText(body: unknown): string {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  if (typeof body !== 'object' || body === null)
    throw fault('body', 'must be the body that EPS posted: text, bytes or its JSON')
  return JSON.stringify(body)
}

/** The key of a debit, checked. */
export function debitKey(key: unknown): DebitKey {
  if (typeof key !== 'object' || key === null) throw fault('key', 'must be an object: { op, reference }')
  const { op, reference } = knownOptions('a debit', key, ['op', 'reference'])
  if (typeof op !== 'string') throw fault('op', 'must be the name of a call that moves money, such as dmt.transfer')
  if (typeof reference !== 'string')
    throw fault('reference', "must be the debit's clientRefId as text; of a refund the tid")
  return { op, reference }
}

/** An age, checked. */
export function olderThan(options: unknown): number {
  const age =
    typeof options === 'object' && options !== null ? (options as { olderThanMs?: unknown }).olderThanMs : null
  if (typeof age !== 'number' || !Number.isSafeInteger(age) || age < 0)
    throw fault('olderThanMs', 'must be a whole number of milliseconds')
  return age
}

const KINDS: readonly string[] = ['outcome', 'resolved', 'alarm']

/** Checks what `on` is given. */
export function listening(kind: unknown, listener: unknown): void {
  if (typeof kind !== 'string' || !KINDS.includes(kind)) throw fault('event', `must be one of ${KINDS.join(', ')}`)
  if (typeof listener !== 'function') throw fault('listener', 'must be a function')
}
