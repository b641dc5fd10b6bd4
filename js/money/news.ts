// Calls the listeners for events about debits and the journal.

import { clearTimeout, setTimeout } from 'node:timers'
import type { NativeClient } from '../native/native.js'
import { listen } from '../native/receiver.js'
import type { MoneyEvent } from './event-types.js'
import { fault } from './money-checks.js'

/** Listener for `eko.on`. Its return value is ignored, but the error of a rejected promise is thrown. */
export type Listener = (event: MoneyEvent) => unknown

const KINDS: readonly unknown[] = ['outcome', 'resolved', 'alarm', 'notice'] satisfies MoneyEvent['kind'][]

/** Longest wait for the last events of a closed client, in milliseconds. */
const END_MS = 1000

/** Listeners of one client. When the first listener is added, the native module is asked to send events. */
export class News {
  readonly #native: NativeClient
  readonly #listeners = new Map<MoneyEvent['kind'], Set<Listener>>()
  /** Promise that resolves after the last event of the client; undefined until events are requested. */
  #ended: Promise<void> | undefined

  constructor(client: NativeClient) {
    this.#native = client
  }

  /** Adds a listener and returns a function that removes it. */
  on(kind: MoneyEvent['kind'], listener: Listener): () => void {
    if (!KINDS.includes(kind)) throw fault('event', `must be one of ${KINDS.join(', ')}`)
    if (typeof listener !== 'function') throw fault('listener', 'must be a function')
    const listeners = this.#listeners.get(kind) ?? new Set()
    this.#listeners.set(kind, listeners)
    // Each call wraps the listener in a new function, so that the same listener can be added twice and removed once.
    const own: Listener = (event) => listener(event)
    listeners.add(own)
    this.watch()
    return () => void listeners.delete(own)
  }

  /**
   * Asks the native module for events even if there is no listener. An event about the journal then becomes a process
   * warning.
   */
  watch(): void {
    this.#ended ??= listen((id) => this.#native.subscribe(id), this.#tell)
  }

  /**
   * Waits until the listeners were called with each event that was recorded before the native client was closed. The
   * timer keeps the process alive during this wait, because pending events do not.
   */
  async end(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS)
    })
    await Promise.race([this.#ended, limit])
    clearTimeout(timer)
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
 * Emits a process warning for an event about the journal if no listener takes the event. The user must learn that the
 * journal was newly created, may be lost where it is stored, or is damaged.
 */
function warn(event: MoneyEvent): void {
  if ((event.kind !== 'alarm' && event.kind !== 'notice') || !event.reason.startsWith('journal')) return
  process.emitWarning(`eko-eps: ${event.detail}`, {
    type: 'EkoJournalWarning',
    code: `EKO_${event.kind.toUpperCase()}`,
  })
}

/** Throws the error of a listener in a microtask. The user then sees the error, and the other listeners still run. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
