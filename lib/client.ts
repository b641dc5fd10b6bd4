// The client: checks and converts on this side, and hands everything else to the native one.
import { callOptions, httpAnswer, opName } from './call-checks.js'
import { refuse } from './errors.js'
import { MONEY_OPS, type MoneyOp, type Op, type Ops } from './generated/calls.js'
import { emptyHeaders, signedRequest } from './mask.js'
import { Journal } from './money.js'
import { MoneyClient } from './money-client.js'
import type { Callbacks, JournalOption, MoneyEvent } from './money-types.js'
import type { NativeClient } from './native.js'
import { type Listener, News } from './news.js'
import { clientOptions, type EkoClientOptions } from './options.js'
import { paramsText } from './params.js'
import { receiver, send } from './receiver.js'
import { made, outcome, read } from './text.js'
import type { CallOptions, HttpAnswer, SignedRequest } from './types.js'

declare global {
  // For compilers whose `lib` does not know it yet.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
}

/** Whether debits are kept in a file of its own: then what is said of that file must reach somebody. */
function namesFile(journal: JournalOption | undefined): boolean {
  return typeof journal === 'string' || (journal !== undefined && 'file' in journal)
}

/** A client of EPS: one per pair of keys, shared by everything that calls with them. */
export class EkoClient extends MoneyClient {
  readonly #native: NativeClient
  readonly #journal: Journal
  readonly #news: News
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
    this.#news = new News(this.#native)
    if (namesFile(options.journal)) this.#news.watch()
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
    const name = opName(op)
    const money = MONEY_OPS.has(name)
    const { signal, deadlineMs, retryOf } = callOptions(options, money)
    const text = paramsText(params)
    this.#pending += 1
    try {
      const said = await send(this.#native, money ? 'debit' : 'call', name, text, deadlineMs, signal, retryOf)
      return (money ? this.#journal.outcome(said.text) : outcome(said.text, said.raw)) as Ops[O]['outcome']
    } finally {
      this.#ended()
    }
  }

  /** @internal */
  protected override async command<T>(command: object): Promise<T> {
    this.#open()
    return this.#pend(this.#journal.ask<T>(command))
  }

  /**
   * Tells of debits: `outcome`, when a debit's own answer was recorded; `resolved`, when it has reached its end in another way;
   * `alarm`, when somebody must look; `notice`, for the log. Returns what ends it. It does not keep the process alive.
   */
  on<K extends MoneyEvent['kind']>(
    event: K,
    listener: (event: Extract<MoneyEvent, { kind: K }>) => unknown,
  ): () => void {
    this.#open()
    // It is told of events of this kind only.
    return this.#news.on(event, listener as Listener)
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

  /**
   * Waits for the calls under way, then gives the connections back, and leases in a store that machines share. Later calls reject
   * with code `closed`.
   */
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
    // A store may have leases to be given back; a client that was closed before has none.
    if (this.#release !== undefined) await this.#journal.ask({ do: 'close' }).catch(() => undefined)
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
