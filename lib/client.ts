// The client: checks and converts on this side, and hands everything else to the native one.
import { receiver, send } from './door.js'
import { refuse } from './errors.js'
import { MONEY_OPS, type MoneyOp, type Op, type Ops } from './generated/calls.js'
import { GeneratedClient } from './generated/index.js'
import { emptyHeaders, signedRequest } from './mask.js'
import { debitKey, Journal, type Listener, listening, olderThan } from './money.js'
import type { Callbacks, DebitEvent, DebitKey, JournalEntry } from './money-types.js'
import type { NativeClient } from './native.js'
import { clientOptions, deadline, type EkoClientOptions } from './options.js'
import { paramsText } from './params.js'
import { made, outcome, read } from './text.js'
import type { CallOptions, HttpAnswer, SignedRequest } from './types.js'

declare global {
  // For compilers whose `lib` does not know it yet.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
}

/** A client of EPS: one per pair of keys, shared by everything that calls with them. */
export class EkoClient extends GeneratedClient {
  readonly #native: NativeClient
  readonly #journal: Journal
  readonly #callbacks: Callbacks
  readonly #release: (() => void) | undefined
  /** Calls under way, which `close` waits for, and what tells it that there are none. */
  #pending = 0
  #idle: (() => void) | undefined
  #closed = false

  /** The same as `close`, for `await using`, where the runtime has it. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  /**
   * @example
   * const eko = new EkoClient({ developerKey, accessKey, initiatorId, userCode, environment: 'uat' })
   * const result = await eko.getCustomer({ customerId: '9444444444' })
   * if (result.outcome === 'found') console.log(result.customer.name)
   */
  constructor(options: EkoClientOptions) {
    super()
    const { accessKey, accessKeyFile, config, release } = clientOptions(options)
    try {
      this.#native = made(receiver.createClient(accessKey, accessKeyFile, config))
    } catch (error) {
      release?.()
      throw error
    }
    this.#journal = new Journal(this.#native)
    this.#release = release
    this.#callbacks = Object.freeze({
      parse: (body) => {
        this.#open()
        return this.#journal.callback(body)
      },
      merge: async (body) => {
        this.#open()
        return this.#pend(this.#journal.merge(body))
      },
    } satisfies Callbacks)
  }

  protected override async call<O extends Op>(
    op: O,
    params: Ops[O]['params'],
    options?: CallOptions,
  ): Promise<Ops[O]['outcome']> {
    this.#open()
    const { signal, deadlineMs } = options === undefined ? NO_OPTIONS : callOptions(options)
    const name = opName(op)
    const money = MONEY_OPS.has(name)
    const text = paramsText(params)
    this.#pending += 1
    try {
      const said = await send(this.#native, money ? 'debit' : 'call', name, text, deadlineMs, signal)
      return (money ? this.#journal.outcome(name, said.text) : outcome(said.text, said.raw)) as Ops[O]['outcome']
    } finally {
      this.#ended()
    }
  }

  /** Open debits, and finished ones that were not acknowledged, oldest first: what to look at after a restart. */
  async unresolved(): Promise<JournalEntry[]> {
    this.#open()
    return (await this.#pend(this.#journal.ask({ do: 'unresolved' }))) as JournalEntry[]
  }

  /**
   * Inquires of a debit once, now, and resolves to what the journal then knows. A final one is not asked again. Where the
   * inquiry itself fails it rejects, and the debit stays as it is.
   */
  async resolve(key: DebitKey): Promise<JournalEntry> {
    this.#open()
    return this.#pend(this.#journal.resolve(debitKey(key)))
  }

  /** Marks a finished debit as seen, so that `unresolved` no longer lists it; `false` where it is unknown or open. */
  async acknowledge(key: DebitKey): Promise<boolean> {
    this.#open()
    return (await this.#pend(this.#journal.ask({ do: 'acknowledge', ...debitKey(key) }))) as boolean
  }

  /**
   * Forgets debits that were acknowledged and last written longer ago than this; resolves to how many. Their references
   * could then be used again: keep them for months.
   */
  async prune(options: { olderThanMs: number }): Promise<number> {
    this.#open()
    return (await this.#pend(this.#journal.ask({ do: 'prune', olderThanMs: olderThan(options) }))) as number
  }

  /**
   * Tells of debits: `outcome`, when a debit's own answer was recorded; `resolved`, when an inquiry brought its end;
   * `alarm`, when something contradicts. Returns what ends it. It does not keep the process alive.
   */
  on<K extends DebitEvent['kind']>(event: K, listener: (event: Extract<DebitEvent, { kind: K }>) => void): () => void {
    this.#open()
    listening(event, listener)
    // It is told of events of this kind only.
    return this.#journal.on(event, listener as Listener)
  }

  /** What EPS posts to an address of yours: a hint, never a state. */
  get callbacks(): Callbacks {
    return this.#callbacks
  }

  /**
   * The request of a call, checked and signed, but not sent: for sending it by other means, within two minutes.
   * What comes back goes to `interpret`. Calls that move money cannot be sent so.
   */
  prepare<O extends Exclude<Op, MoneyOp>>(op: O, params: Ops[O]['params']): SignedRequest {
    this.#open()
    const prepared = JSON.parse(read(this.#native.prepare(opName(op), paramsText(params)))) as SignedRequest
    const headers = Object.assign(emptyHeaders(), prepared.headers)
    return {
      __proto__: signedRequest,
      method: prepared.method,
      url: prepared.url,
      headers,
      body: prepared.body,
    } as unknown as SignedRequest
  }

  /** The outcome of an answer that was received by other means; a refusal is thrown. */
  interpret<O extends Exclude<Op, MoneyOp>>(op: O, answer: HttpAnswer): Ops[O]['outcome'] {
    this.#open()
    const { status, headers, body } = httpAnswer(answer)
    return outcome(this.#native.interpret(opName(op), status, headers, body), body) as Ops[O]['outcome']
  }

  /** Waits for the calls under way, then gives the connections back. Later calls reject with code `closed`. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        const before = this.#idle
        this.#idle = () => {
          before?.()
          resolve()
        }
      })
    }
    this.#native.close()
    this.#release?.()
  }

  /** What `close` waits for. */
  async #pend<T>(work: Promise<T>): Promise<T> {
    this.#pending += 1
    try {
      return await work
    } finally {
      this.#ended()
    }
  }

  #ended(): void {
    this.#pending -= 1
    if (this.#pending === 0) this.#idle?.()
  }

  #open(): void {
    if (this.#closed) throw refuse('closed', 'this client is closed', 'Create a new client; close() is final.')
  }
}

if (Symbol.asyncDispose !== undefined) {
  // `await using eko = new EkoClient(...)`, where the runtime knows it.
  Object.defineProperty(EkoClient.prototype, Symbol.asyncDispose, {
    value: EkoClient.prototype.close,
    configurable: true,
    writable: true,
  })
}

const NO_OPTIONS: { signal: AbortSignal | undefined; deadlineMs: number } = { signal: undefined, deadlineMs: 0 }

const PARAMS_ACTION = 'Correct the parameters named in invalidParams.'

function fault(name: string, rule: string): Error {
  return refuse('invalid_params', `${name} ${rule}`, PARAMS_ACTION, { [name]: rule })
}

function opName(op: unknown): string {
  if (typeof op !== 'string')
    throw refuse(
      'unknown_call',
      'the call must be given by its name, such as getCustomer',
      'Use a name from the reference.',
    )
  return op
}

function callOptions(options: CallOptions): { signal: AbortSignal | undefined; deadlineMs: number } {
  if (typeof options !== 'object' || options === null)
    throw fault('options', 'must be an object: { signal, deadlineMs }')
  for (const name of Object.keys(options)) {
    if (name !== 'signal' && name !== 'deadlineMs')
      throw fault('options', `has signal and deadlineMs, and no ${JSON.stringify(name.slice(0, 40))}`)
  }
  const { signal, deadlineMs } = options
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw fault('options.signal', 'must be an AbortSignal')
  return { signal, deadlineMs: deadlineMs === undefined ? 0 : deadline(deadlineMs) }
}

function httpAnswer(answer: HttpAnswer): { status: number; headers: string; body: string } {
  if (typeof answer !== 'object' || answer === null)
    throw fault('answer', 'must be an object: { status, headers, body }')
  const { status, headers = {}, body } = answer
  if (!Number.isInteger(status) || status < 100 || status > 599) throw fault('status', 'must be an HTTP status')
  if (typeof headers !== 'object' || headers === null) throw fault('headers', 'must be an object of headers, or pairs')
  const text = body instanceof Uint8Array ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(body) : body
  if (typeof text !== 'string')
    throw fault('body', 'must be the body as text or bytes, before any JSON.parse: it would round numbers')
  const entries: Iterable<readonly [string, unknown]> = Symbol.iterator in headers ? headers : Object.entries(headers)
  const pairs: [string, string][] = []
  for (const [name, value] of entries) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) pairs.push([String(name), String(one)])
  }
  return { status, headers: JSON.stringify(pairs), body: text }
}
