// The sandbox: a stateful EPS on loopback. It is native code on a thread of its own.
import { ask, configError, knownOptions, type NativeSandbox, native, read, receiver, refuse } from './core.js'
import type { Op } from './generated/index.js'
import type {
  SandboxBank,
  SandboxCredentials,
  SandboxCustomerState,
  SandboxLedgerEntry,
  SandboxOptions,
  SandboxRequest,
  SandboxScenario,
  SandboxScript,
} from './sandbox-types.js'

export type {
  SandboxBank,
  SandboxCredentials,
  SandboxCustomerState,
  SandboxFault,
  SandboxLedgerEntry,
  SandboxOptions,
  SandboxRequest,
  SandboxScenario,
  SandboxScript,
} from './sandbox-types.js'

/** Stateful EPS on loopback, for tests and first steps. It does not keep the process alive. */
export class Sandbox {
  readonly #native: NativeSandbox
  /** Options for `new EkoClient(...)` to talk to this sandbox. The keys are made up. */
  readonly credentials: SandboxCredentials
  /** Same as `close`, for `await using`, if the runtime supports it. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  private constructor(started: NativeSandbox, credentials: SandboxCredentials) {
    this.#native = started
    this.credentials = Object.freeze(credentials)
    // A sandbox that runs stays alive until `close`, even if the caller keeps only its address.
    native.running.push(this)
  }

  /**
   * Starts a sandbox on the port in `options`, or on any free port.
   *
   * @example
   * const sandbox = await Sandbox.start()
   * const eko = new EkoClient(sandbox.credentials)
   */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    const { port = 0 } = knownOptions('Sandbox.start', options, ['port'])
    if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) {
      throw configError('port must be a whole number from 0 to 65535; 0, the default, takes any that is free')
    }
    const started = receiver.createSandbox()
    const text = read(await ask((id) => started.start(id, port)))
    return new Sandbox(started, JSON.parse(text) as SandboxCredentials)
  }

  /** Address of the sandbox, with the version path. */
  get baseUrl(): string {
    return this.credentials.baseUrl
  }

  /**
   * Returns the newest OTP that was sent to this number, `undefined` if there is none. Every second OTP begins with 0.
   */
  lastOtp(mobile: string): string | undefined {
    return (this.#do({ do: 'lastOtp', mobile }) as string | null) ?? undefined
  }

  /**
   * Orders the answer to the next call of an endpoint: a documented scenario by name, a body, no answer, or its own
   * answer with a delay. If there are several orders for an endpoint, they are used in turn.
   *
   * @example
   * sandbox.script('getCustomer', 'notEnrolled')
   * sandbox.script('verifyCustomerOtp', { scenario: 'otpExpired', times: 2 })
   * sandbox.script('getCustomer', { body: { httpStatus: 503, body: { message: 'busy' } }, lateMs: 50 })
   */
  script(op: Op, script: string | SandboxScript): void {
    this.#do({ ...(typeof script === 'string' ? { scenario: script } : script), do: 'script', op })
  }

  /** Removes the orders of `script` that wait for one endpoint, or for all. */
  clearScripts(op?: Op): void {
    this.#do({ do: 'clear', op })
  }

  /** Returns the documented scenarios of an endpoint. */
  scenarios(op: Op): SandboxScenario[] {
    return this.#do({ do: 'scenarios', op }) as SandboxScenario[]
  }

  /** Moves the sandbox's clock forward by `ms` milliseconds. OTPs expire and timestamps become stale. */
  advance(ms: number): void {
    this.#do({ do: 'advance', ms })
  }

  /** Returns the time of the sandbox's clock, in milliseconds since 1970. */
  now(): number {
    return this.#do({ do: 'now' }) as number
  }

  /** Puts a customer into a state: a name, or the number that the v1/v2 products use. */
  setCustomer(mobile: string, state: SandboxCustomerState): void {
    this.#do({ do: 'setCustomer', mobile, state })
  }

  /** Chooses which of its two documented shapes `dmt.getSender` answers with. A new sandbox uses `page`. */
  setSenderShape(shape: 'page' | 'profile'): void {
    this.#do({ do: 'setSenderShape', shape })
  }

  /** Returns the last 1,000 requests that arrived, oldest first. They hold names and outcomes, never values. */
  requests(): SandboxRequest[] {
    return this.#do({ do: 'requests' }) as SandboxRequest[]
  }

  /**
   * Returns the ledger: the references in the order in which they were first seen, each with its bookings. It shows
   * what the sandbox knows, not what it answers.
   */
  ledger(): SandboxLedgerEntry[] {
    return this.#do({ do: 'ledger' }) as SandboxLedgerEntry[]
  }

  /** Returns the balance of the wallet, in rupees as text. */
  balance(): string {
    return this.#do({ do: 'balance' }) as string
  }

  /** Sets the balance of the wallet, in rupees as text. */
  setBalance(rupees: string): void {
    this.#do({ do: 'setBalance', rupees })
  }

  /** Sets the amount that a customer may send in a month, in rupees as text. */
  setLimit(mobile: string, rupees: string): void {
    this.#do({ do: 'setLimit', mobile, rupees })
  }

  /**
   * Sets how the bank ends the next transfers.
   *
   * @example
   * sandbox.setBank('refundPending')
   * sandbox.setBank({ outcome: 'pend', afterMs: 30_000, hideMs: 20_000 })
   */
  setBank(bank: SandboxBank['outcome'] | SandboxBank): void {
    this.#do({ ...(typeof bank === 'string' ? { outcome: bank } : bank), do: 'setBank' })
  }

  /** Sets what EPS does with a reference that it has already seen. A new sandbox uses `bookAgain`. */
  setDuplicates(duplicates: 'bookAgain' | 'refuse'): void {
    this.#do({ do: 'setDuplicates', duplicates })
  }

  /**
   * Throws if any debit was sent more than once, and names every such reference. It counts complete requests that were
   * not refused before any work, bookings, and refunds.
   */
  assertNoDoubleDebit(): void {
    this.#do({ do: 'assertNoDoubleDebit' })
  }

  /**
   * Returns the callbacks that EPS would have posted by now, oldest first: one for each pending transfer that has
   * ended.
   */
  callbacks(): object[] {
    return this.#do({ do: 'callbacks' }) as object[]
  }

  /** Stops the sandbox. Afterwards its port is free. */
  async close(): Promise<void> {
    const at = native.running.indexOf(this)
    if (at >= 0) native.running.splice(at, 1)
    read(await ask((id) => this.#native.close(id)))
  }

  #do(command: object): unknown {
    return JSON.parse(read(this.#native.control(commandText(command))))
  }
}

if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(Sandbox.prototype, Symbol.asyncDispose, {
    value: Sandbox.prototype.close,
    configurable: true,
    writable: true,
  })
}

function commandText(command: object): string {
  try {
    return JSON.stringify(command)
  } catch {
    throw refuse(
      'invalid_params',
      'a command to the sandbox must be plain data',
      'Give texts, numbers, lists and plain objects.',
    )
  }
}
