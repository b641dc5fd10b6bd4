// Registry of the calls that wait for an answer. The native module wakes this code once for all answers that are ready.

import type { AbortSignalLike } from '../client/types.js'
import type { JournalStore } from '../money/money-types.js'
import { type NativeClient, native, type Receiver } from './native.js'

/** Result of a call: the text of the answer, and the raw body if there is one. */
export interface Said {
  readonly text: string
  readonly raw: string | undefined
}

interface Pending {
  readonly resolve: (said: Said) => void
  readonly settled: (() => void) | undefined
}

const pending = new Map<number, Pending>()
/** Listeners for events and for questions to a store, by id. Unlike a call, a listener can receive many messages. */
const listeners = new Map<number, (text: string) => void>()
let last = 0

function nextId(): number {
  do {
    last = last === 0xffff_ffff ? 1 : last + 1
  } while (pending.has(last) || listeners.has(last))
  return last
}

/**
 * Receiver of this copy of the file. Test runners and hot reloads may load the file more than once while they share one
 * native module. Each copy counts its call ids from 1, so each copy needs its own receiver.
 */
export const receiver: Receiver = native.createReceiver(() => {
  const batch = receiver.drain()
  for (let index = 0; index < batch.length; index += 3) {
    const id = batch[index] as number
    const text = batch[index + 1] as string
    const raw = batch[index + 2] as string | undefined
    const call = pending.get(id)
    if (call === undefined) {
      contained(() => listeners.get(id)?.(text))
      continue
    }
    pending.delete(id)
    call.resolve({ text, raw })
    contained(() => call.settled?.())
  }
})

/**
 * Runs code of the user, which may throw. One batch holds the answers of several calls, and none of them may be lost.
 * The error is thrown in a microtask, so that the user sees it.
 */
function contained(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** Ids of the calls that use a signal, and their single `abort` listener. One signal may serve thousands of calls. */
const watched = new WeakMap<AbortSignalLike, { ids: Set<number>; abort: () => void }>()

function watch(signal: AbortSignalLike, id: number): () => void {
  let watch = watched.get(signal)
  if (watch === undefined) {
    const ids = new Set<number>()
    watch = { ids, abort: () => ids.forEach((id) => void receiver.abort(id)) }
    watched.set(signal, watch)
  }
  const { ids, abort } = watch
  if (ids.size === 0) signal.addEventListener('abort', abort, { once: true })
  // The id is added last, because `addEventListener` of the user's signal may throw.
  ids.add(id)
  return () => {
    ids.delete(id)
    if (ids.size === 0) signal.removeEventListener('abort', abort)
  }
}

/** Starts native work under a new id, and resolves to the text of its answer. */
export function ask(work: (id: number) => void): Promise<string> {
  return new Promise((resolve) => {
    const id = nextId()
    pending.set(id, { resolve: (said) => resolve(said.text), settled: undefined })
    work(id)
  })
}

/**
 * Passes events to `tell`, and resolves when an empty text marks the end. Waiting for events does not keep the process
 * alive.
 */
export function listen(work: (id: number) => void, tell: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const id = nextId()
    listeners.set(id, (text) => {
      if (text !== '') return tell(text)
      listeners.delete(id)
      resolve()
    })
    work(id)
  })
}

/** Answers the native module's questions to a store, until the store is released. */
export function serveStore(store: JournalStore): { id: number; release: () => void } {
  const id = nextId()
  listeners.set(id, (text) => void answer(store, text))
  return { id, release: () => void listeners.delete(id) }
}

async function answer(store: JournalStore, text: string): Promise<void> {
  const [question, method, args] = JSON.parse(text) as [number, keyof JournalStore, never[]]
  try {
    const value: unknown = await (store[method] as ((...args: never[]) => unknown) | undefined)?.apply(store, args)
    receiver.answer(question, true, JSON.stringify(value ?? null))
  } catch (error) {
    receiver.answer(question, false, failure(error))
  }
}

/**
 * Returns one line with the reason why a store failed. The line `unusable` comes first if the store's data is not a
 * journal.
 */
function failure(error: unknown): string {
  try {
    const reason = String(error instanceof Error ? error.message : error)
    const unusable = error instanceof Error && (error as { code?: unknown }).code === 'invalid_config'
    return `${unusable ? 'unusable\n' : ''}${reason.split('\n', 1)[0]?.slice(0, 200) ?? ''}`
  } catch {
    // A thrown value may have no text, and its getters may throw. The native module's question must still get an
    // answer.
    return 'the store threw a value that cannot be read'
  }
}

/**
 * Sends a call and resolves to its result, which is an answer or a refusal. The process stays alive until then. The
 * function that awaits the result must throw the refusal, because only its error has a stack that leads to the caller.
 */
export function send(
  client: NativeClient,
  how: 'call' | 'debit',
  op: string,
  params: string,
  deadlineMs: number,
  signal: AbortSignalLike | undefined,
  retryOf: string,
): Promise<Said> {
  return new Promise((resolve) => {
    const id = nextId()
    let settled: (() => void) | undefined
    if (signal !== undefined) {
      // Reading `aborted` of the user's signal may throw, so it is read before anything is registered.
      const { aborted } = signal
      if (!aborted) settled = watch(signal, id)
      receiver.registerAbort(id)
      // An aborted signal cancels the call before it starts, so that no part of the request is sent.
      if (aborted) receiver.abort(id)
    }
    pending.set(id, { resolve, settled })
    if (how === 'debit') client.debit(id, op, params, deadlineMs, retryOf)
    else client.call(id, op, params, deadlineMs)
  })
}
