// Calls under way. One native wake-up hands over everything that has finished, as text.
import type { JournalStore } from './money-types.js'
import { type NativeClient, native, type Receiver } from './native.js'

/** Result of a call: its text, and the raw body if there is one. */
export interface Said {
  readonly text: string
  readonly raw: string | undefined
}

interface Pending {
  readonly resolve: (said: Said) => void
  readonly settled: (() => void) | undefined
}

const pending = new Map<number, Pending>()
/** Listeners for events and store questions, by id. These messages end no call. */
const listeners = new Map<number, (text: string) => void>()
let last = 0

function nextId(): number {
  do {
    last = last === 0xffff_ffff ? 1 : last + 1
  } while (pending.has(last) || listeners.has(last))
  return last
}

/**
 * Receiver of this copy of the file. Test runners and hot reloads may evaluate the file more than once over one native
 * module, and each copy counts its calls from 1.
 */
export const receiver: Receiver = native.createReceiver(() => {
  const batch = receiver.drain()
  for (let index = 0; index < batch.length; index += 3) {
    const id = batch[index] as number
    const text = batch[index + 1] as string
    const raw = batch[index + 2] as string | undefined
    const call = pending.get(id)
    if (call === undefined) {
      listeners.get(id)?.(text)
      continue
    }
    pending.delete(id)
    call.settled?.()
    call.resolve({ text, raw })
  }
})

/** Calls of each signal, and the one listener that they share. A signal may serve thousands of calls. */
const watched = new WeakMap<AbortSignal, { ids: Set<number>; abort: () => void }>()

function watch(signal: AbortSignal, id: number): () => void {
  let watch = watched.get(signal)
  if (watch === undefined) {
    const ids = new Set<number>()
    watch = { ids, abort: () => ids.forEach((id) => void receiver.abort(id)) }
    watched.set(signal, watch)
  }
  const { ids, abort } = watch
  if (ids.size === 0) signal.addEventListener('abort', abort, { once: true })
  ids.add(id)
  return () => {
    ids.delete(id)
    if (ids.size === 0) signal.removeEventListener('abort', abort)
  }
}

/** Runs native work that answers under the given id. Resolves to the text of the answer. */
export function ask(work: (id: number) => void): Promise<string> {
  return new Promise((resolve) => {
    const id = nextId()
    pending.set(id, { resolve: (said) => resolve(said.text), settled: undefined })
    work(id)
  })
}

/** Listens to events until an empty text says that there will be no more. It does not keep the process alive. */
export function listen(work: (id: number) => void, tell: (text: string) => void): void {
  const id = nextId()
  listeners.set(id, (text) => {
    if (text === '') listeners.delete(id)
    else tell(text)
  })
  work(id)
}

/** Answers the questions of the native side to a store, until the store is released. */
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
 * Returns the reason of a store's failure in one line. If the data is not a journal, a line `unusable` comes before it.
 */
function failure(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  const unusable = error instanceof Error && (error as { code?: unknown }).code === 'invalid_config'
  return `${unusable ? 'unusable\n' : ''}${reason.split('\n', 1)[0]?.slice(0, 200) ?? ''}`
}

/**
 * Sends a call and resolves to its result, an answer or a refusal. The process stays alive until then. The function
 * that awaits the result throws the refusal, because only there the stack of an error leads back to the caller.
 */
export function send(
  client: NativeClient,
  how: 'call' | 'debit',
  op: string,
  params: string,
  deadlineMs: number,
  signal: AbortSignal | undefined,
  retryOf: string,
): Promise<Said> {
  return new Promise((resolve) => {
    const id = nextId()
    let settled: (() => void) | undefined
    if (signal !== undefined) {
      receiver.registerAbort(id)
      // Before the call, so that no part of the request is sent.
      if (signal.aborted) receiver.abort(id)
      else settled = watch(signal, id)
    }
    pending.set(id, { resolve, settled })
    if (how === 'debit') client.debit(id, op, params, deadlineMs, retryOf)
    else client.call(id, op, params, deadlineMs)
  })
}
