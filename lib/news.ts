// Who hears of debits: listeners, by the kind of event.

import type { MoneyEvent } from './event-types.js'
import { fault } from './money-checks.js'
import type { NativeClient } from './native.js'
import { listen } from './receiver.js'

/** What `eko.on` takes. What it returns is left aside, except a promise that rejects. */
export type Listener = (event: MoneyEvent) => unknown

const KINDS: readonly unknown[] = ['outcome', 'resolved', 'alarm', 'notice'] satisfies MoneyEvent['kind'][]

/** The listeners of one client. The native side is asked for news once there is one. */
export class News {
  readonly #native: NativeClient
  readonly #listeners = new Map<MoneyEvent['kind'], Set<Listener>>()
  #listening = false

  constructor(client: NativeClient) {
    this.#native = client
  }

  /** Adds a listener; returns what removes it. */
  on(kind: MoneyEvent['kind'], listener: Listener): () => void {
    if (!KINDS.includes(kind)) throw fault('event', `must be one of ${KINDS.join(', ')}`)
    if (typeof listener !== 'function') throw fault('listener', 'must be a function')
    const listeners = this.#listeners.get(kind) ?? new Set()
    this.#listeners.set(kind, listeners)
    // A function of its own, so that one listener may be added twice and removed once.
    const own: Listener = (event) => listener(event)
    listeners.add(own)
    this.watch()
    return () => void listeners.delete(own)
  }

  /** Asks for news, also while there is no listener: what is said of the journal is then a warning of the process. */
  watch(): void {
    if (this.#listening) return
    this.#listening = true
    listen((id) => this.#native.subscribe(id), this.#tell)
  }

  readonly #tell = (text: string): void => {
    const event = JSON.parse(text) as MoneyEvent
    const listeners = this.#listeners.get(event.kind)
    if (!listeners?.size) warn(event)
    for (const listener of listeners ?? []) {
      try {
        const told = listener(event)
        if (typeof told === 'object' && told !== null) Promise.resolve(told).catch(report)
      } catch (error) {
        report(error)
      }
    }
  }
}

/** What is said of the journal must reach somebody: that it was made anew, lies where it may be lost, or is damaged. */
function warn(event: MoneyEvent): void {
  if ((event.kind !== 'alarm' && event.kind !== 'notice') || !event.reason.startsWith('journal')) return
  process.emitWarning(`eko-eps: ${event.detail}`, {
    type: 'EkoJournalWarning',
    code: `EKO_${event.kind.toUpperCase()}`,
  })
}

/** A listener's mistake is its owner's to hear of, and no other listener's. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
