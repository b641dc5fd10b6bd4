// The sandbox: a server on loopback that imitates EPS and keeps its state. It is native code on its own thread.
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
} from './sandbox/sandbox-types.js'
import type { SandboxScenarioName } from './sandbox/scenario-names.js'

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
} from './sandbox/sandbox-types.js'
export type { SandboxScenarioName } from './sandbox/scenario-names.js'

/**
 * Server on loopback that imitates EPS and keeps its state, for tests and first steps. It does not keep the process
 * alive.
 */
export class Sandbox {
  readonly #native: NativeSandbox
  /** Options of `new EkoClient(...)` for this sandbox. The keys are made up. */
  readonly credentials: SandboxCredentials
  /** Same as `close`, for `await using` in runtimes that support it. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  private constructor(started: NativeSandbox, credentials: SandboxCredentials) {
    this.#native = started
    this.credentials = Object.freeze(credentials)
    // A running sandbox must not be garbage-collected before `close`, even if the caller keeps only its address.
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
      throw configError('port must be a whole number from 0 to 65535; 0, the default, chooses a free port')
    }
    const started = receiver.createSandbox()
    const text = read(await ask((id) => started.start(id, port)))
    return new Sandbox(started, JSON.parse(text) as SandboxCredentials)
  }

  /** Address of the sandbox, including the version path. */
  get baseUrl(): string {
    return this.credentials.baseUrl
  }

  /**
   * Returns the newest OTP that was sent to this mobile number; `undefined` if there is none. Every second OTP starts
   * with 0.
   */
  lastOtp(mobile: string): string | undefined {
    return (this.#do({ do: 'lastOtp', mobile }) as string | null) ?? undefined
  }

  /**
   * Sets the answer to the next call of an endpoint: a documented scenario by its name, a body, no answer, or the usual
   * answer with a delay. Several instructions for one endpoint are used one after the other.
   *
   * @example
   * sandbox.script('getCustomer', 'notEnrolled')
   * sandbox.script('verifyCustomerOtp', { scenario: 'otpExpired', times: 2 })
   * sandbox.script('getCustomer', { body: { httpStatus: 503, body: { message: 'busy' } }, lateMs: 50 })
   */
  script<O extends Op>(op: O, script: SandboxScenarioName<O> | SandboxScript<O>): void {
    this.#do({ ...(typeof script === 'string' ? { scenario: script } : script), do: 'script', op })
  }

  /** Removes the unused instructions of `script` for one endpoint, or for all endpoints. */
  clearScripts(op?: Op): void {
    this.#do({ do: 'clear', op })
  }

  /** Returns the documented scenarios of an endpoint. */
  scenarios<O extends Op>(op: O): SandboxScenario<O>[] {
    return this.#do({ do: 'scenarios', op }) as SandboxScenario<O>[]
  }

  /** Moves the sandbox's clock forward by `ms` milliseconds, so that OTPs expire and timestamps become stale. */
  advance(ms: number): void {
    this.#do({ do: 'advance', ms })
  }

  /** Returns the time of the sandbox's clock, in milliseconds since 1970. */
  now(): number {
    return this.#do({ do: 'now' }) as number
  }

  /** Sets the state of a customer: a name, or the number that the v1/v2 products use. */
  setCustomer(mobile: string, state: SandboxCustomerState): void {
    this.#do({ do: 'setCustomer', mobile, state })
  }

  /** Sets which of the two documented shapes the answer of `dmt.getSender` has. A new sandbox uses `page`. */
  setSenderShape(shape: 'page' | 'profile'): void {
    this.#do({ do: 'setSenderShape', shape })
  }

  /**
   * Returns the last 1,000 requests that arrived, oldest first. They contain names and results, but never the values of
   * parameters.
   */
  requests(): SandboxRequest[] {
    return this.#do({ do: 'requests' }) as SandboxRequest[]
  }

  /**
   * Returns the ledger: each reference with its bookings, in the order in which the references first arrived. The
   * ledger shows what was really booked, even if an answer of the sandbox says otherwise.
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

  /** Sets how the sandbox treats a reference that it has already seen. A new sandbox uses `bookAgain`. */
  setDuplicates(duplicates: 'bookAgain' | 'refuse'): void {
    this.#do({ do: 'setDuplicates', duplicates })
  }

  /**
   * Throws if any debit was sent more than once, and names each such reference. Counts bookings, refunds, and complete
   * requests that were not refused before any work.
   */
  assertNoDoubleDebit(): void {
    this.#do({ do: 'assertNoDoubleDebit' })
  }

  /**
   * Returns the callbacks that EPS would have posted so far, oldest first: one for each pending transfer that has
   * ended.
   */
  callbacks(): object[] {
    return this.#do({ do: 'callbacks' }) as object[]
  }

  /** Stops the sandbox and frees its port. */
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
      'the arguments of a sandbox method must be plain data',
      'Use only text, numbers, lists and plain objects.',
    )
  }
}
