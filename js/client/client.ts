/// <reference lib="esnext.disposable" preserve="true" />
// The client `EkoClient`. It checks and converts values in JavaScript; the native module does all other work.

import type { Op, Ops } from '../generated/calls.js'
import { MONEY_OPS, type MoneyOp } from '../generated/money-ops.js'
import { Journal } from '../money/money.js'
import { MoneyClient } from '../money/money-client.js'
import type { Callbacks, JournalOption, MoneyEvent } from '../money/money-types.js'
import { type Listener, News } from '../money/news.js'
import type { NativeClient } from '../native/native.js'
import { receiver, send } from '../native/receiver.js'
import { callOptions, httpAnswer, opName } from './call-checks.js'
import { refuse, withReason } from './errors.js'
import { emptyHeaders, signedRequest } from './mask.js'
import { clientOptions, type EkoClientOptions } from './options.js'
import { paramsText } from './params.js'
import { made, outcome, read } from './text.js'
import type { CallOptions, HttpAnswer, SignedRequest } from './types.js'

/**
 * Returns true if the journal is a file. In this case, events about the file are shown even if no listener is
 * registered.
 */
function namesFile(journal: JournalOption | undefined): boolean {
  return typeof journal === 'string' || (journal !== undefined && 'file' in journal)
}

/** Client of EPS. Create one client for each pair of keys, and share it. */
export class EkoClient extends MoneyClient {
  readonly #native: NativeClient
  readonly #journal: Journal
  readonly #news: News
  readonly #callbacks: Callbacks
  readonly #release: (() => void) | undefined
  /** Number of running calls. `close` waits until this number is 0. */
  #pending = 0
  #idle: (() => void) | undefined
  #closed = false

  /** Same as `close`, for `await using` in runtimes that support it. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  /**
   * Creates a client. Throws an `EkoError` with code `invalid_config` if an option is not usable.
   *
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
      if (!money) return outcome(said.text, said.raw) as Ops[O]['outcome']
      const debit = this.#journal.outcome(said.text)
      withReason(debit.error, signal)
      return debit as Ops[O]['outcome']
    } catch (error) {
      throw withReason(error, signal)
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
   * Adds a listener for one kind of event, and returns a function that removes the listener. A listener does not keep
   * the process alive.
   * - `outcome`: the answer to a debit's own request was recorded.
   * - `resolved`: a debit has ended by other means than the answer to its own request, or its final state has changed.
   * - `alarm`: a person must check a problem.
   * - `notice`: a message for the log.
   */
  on<K extends MoneyEvent['kind']>(
    event: K,
    listener: (event: Extract<MoneyEvent, { kind: K }>) => unknown,
  ): () => void {
    this.#open()
    // `News` calls the listener with events of this kind only, so the cast is safe.
    return this.#news.on(event, listener as Listener)
  }

  /** Methods for callbacks that EPS posts to you. A callback is only a hint: it never decides the state of a debit. */
  get callbacks(): Callbacks {
    return this.#callbacks
  }

  /**
   * Checks and signs the request of a call, and returns the request without sending it. Send it with your own HTTP
   * client within two minutes, and pass the answer to `interpret`. A call that moves money cannot be prepared.
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

  /**
   * Returns the outcome of an answer that your own HTTP client received. Throws an `EkoError` if the answer is a
   * refusal.
   */
  interpret<O extends Exclude<Op, MoneyOp>>(op: O, answer: HttpAnswer): Ops[O]['outcome'] {
    this.#open()
    const { status, headers, body } = httpAnswer(answer)
    return outcome(this.#native.interpret(opName(op), status, headers, body), body) as Ops[O]['outcome']
  }

  /**
   * Waits until all running calls have ended. Then closes the connections, calls the listeners with the remaining
   * events (for at most a second), and returns the leased timestamps if several machines share the journal. Later calls
   * reject with code `closed`.
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
    // Returns the timestamps that this client leased in a shared store. A second `close` is rejected here and has no
    // effect.
    if (this.#release !== undefined) await this.#journal.ask({ do: 'close' }).catch(() => undefined)
    this.#native.close()
    await this.#news.end()
    this.#release?.()
  }

  /** Counts `work` as a running call, so that `close` waits for it. */
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
  // The runtime supports `await using eko = new EkoClient(...)`.
  Object.defineProperty(EkoClient.prototype, Symbol.asyncDispose, {
    value: EkoClient.prototype.close,
    configurable: true,
    writable: true,
  })
}
