// Listeners for events about debits, by the kind of event.

import type { MoneyEvent } from './event-types.js'
import { fault } from './money-checks.js'
import type { NativeClient } from './native.js'
import { listen } from './receiver.js'

/** Listener that `eko.on` takes. Its return value is ignored, except a promise that rejects. */
export type Listener = (event: MoneyEvent) => unknown

const KINDS: readonly unknown[] = ['outcome', 'resolved', 'alarm', 'notice'] satisfies MoneyEvent['kind'][]

/** Listeners of one client. The native side is asked for events once there is a listener. */
export class News {
  readonly #native: NativeClient
  readonly #listeners = new Map<MoneyEvent['kind'], Set<Listener>>()
  #listening = false

  constructor(client: NativeClient) {
    this.#native = client
  }

  /** Adds a listener and returns a function that removes it. */
  on(kind: MoneyEvent['kind'], listener: Listener): () => void {
    if (!KINDS.includes(kind)) throw fault('event', `must be one of ${KINDS.join(', ')}`)
    if (typeof listener !== 'function') throw fault('listener', 'must be a function')
    const listeners = this.#listeners.get(kind) ?? new Set()
    this.#listeners.set(kind, listeners)
    // Each listener gets a wrapper of its own, so that the same function can be added twice and removed once.
    const own: Listener = (event) => listener(event)
    listeners.add(own)
    this.watch()
    return () => void listeners.delete(own)
  }

  /** Asks for events even if there is no listener. Events about the journal then become a warning of the process. */
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

/**
 * Emits a process warning for an event about the journal that has no listener. The user must learn that the journal was
 * created anew, is stored where it may be lost, or is damaged.
 */
function warn(event: MoneyEvent): void {
  if ((event.kind !== 'alarm' && event.kind !== 'notice') || !event.reason.startsWith('journal')) return
  process.emitWarning(`eko-eps: ${event.detail}`, {
    type: 'EkoJournalWarning',
    code: `EKO_${event.kind.toUpperCase()}`,
  })
}

/** Throws the error of a listener in a microtask, so that its owner sees it and the other listeners still run. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
