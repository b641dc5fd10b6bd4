// The sandbox: a stateful EPS on loopback, in native code on a thread of its own.
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

/** A stateful EPS on loopback, for tests and first steps. By itself it does not keep the process alive. */
export class Sandbox {
  readonly #native: NativeSandbox
  /** What `new EkoClient(...)` takes to talk to this sandbox. The keys are made up. */
  readonly credentials: SandboxCredentials
  /** The same as `close`, for `await using`, where the runtime has it. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  private constructor(started: NativeSandbox, credentials: SandboxCredentials) {
    this.#native = started
    this.credentials = Object.freeze(credentials)
    // What runs stays alive until `close`, even if its address is all that is kept of it.
    native.running.push(this)
  }

  /**
   * Starts one, on any free port unless told otherwise.
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

  /** Its address, with the version path. */
  get baseUrl(): string {
    return this.credentials.baseUrl
  }

  /** The newest OTP that was sent to this number. Every second OTP begins with 0. */
  lastOtp(mobile: string): string | undefined {
    return (this.#do({ do: 'lastOtp', mobile }) as string | null) ?? undefined
  }

  /**
   * Orders what the next call of an endpoint gets: a documented scenario by name, a body, silence, or its own answer but
   * late. Several wait in line.
   *
   * @example
   * sandbox.script('getCustomer', 'notEnrolled')
   * sandbox.script('verifyCustomerOtp', { scenario: 'otpExpired', times: 2 })
   * sandbox.script('getCustomer', { body: { httpStatus: 503, body: { message: 'busy' } }, lateMs: 50 })
   */
  script(op: Op, script: string | SandboxScript): void {
    this.#do({ ...(typeof script === 'string' ? { scenario: script } : script), do: 'script', op })
  }

  /** Forgets the scripts that wait for one endpoint, or for all. */
  clearScripts(op?: Op): void {
    this.#do({ do: 'clear', op })
  }

  /** The documented scenarios of an endpoint. */
  scenarios(op: Op): SandboxScenario[] {
    return this.#do({ do: 'scenarios', op }) as SandboxScenario[]
  }

  /** Moves the sandbox's clock forward, by milliseconds: OTPs expire, timestamps become stale. */
  advance(ms: number): void {
    this.#do({ do: 'advance', ms })
  }

  /** The sandbox's clock, in milliseconds since 1970. */
  now(): number {
    return this.#do({ do: 'now' }) as number
  }

  /** Puts a customer into a state: by name, or by the number that the v1/v2 products use. */
  setCustomer(mobile: string, state: SandboxCustomerState): void {
    this.#do({ do: 'setCustomer', mobile, state })
  }

  /** Chooses which of its two documented shapes `dmt.getSender` answers with; `page` at first. */
  setSenderShape(shape: 'page' | 'profile'): void {
    this.#do({ do: 'setSenderShape', shape })
  }

  /** The last 1,000 requests that arrived, oldest first: names and outcomes, never values. */
  requests(): SandboxRequest[] {
    return this.#do({ do: 'requests' }) as SandboxRequest[]
  }

  /** The ledger: references in the order they were first seen, each with its bookings. What it knows, not what it tells. */
  ledger(): SandboxLedgerEntry[] {
    return this.#do({ do: 'ledger' }) as SandboxLedgerEntry[]
  }

  /** What the wallet holds, in rupees. */
  balance(): string {
    return this.#do({ do: 'balance' }) as string
  }

  /** Puts so much into the wallet, in rupees as text. */
  setBalance(rupees: string): void {
    this.#do({ do: 'setBalance', rupees })
  }

  /** Sets what a customer may send in a month, in rupees as text. */
  setLimit(mobile: string, rupees: string): void {
    this.#do({ do: 'setLimit', mobile, rupees })
  }

  /**
   * Says how the bank ends the transfers that come next.
   *
   * @example
   * sandbox.setBank('refundPending')
   * sandbox.setBank({ outcome: 'pend', afterMs: 30_000, hideMs: 20_000 })
   */
  setBank(bank: SandboxBank['outcome'] | SandboxBank): void {
    this.#do({ ...(typeof bank === 'string' ? { outcome: bank } : bank), do: 'setBank' })
  }

  /** Chooses what EPS does with a reference that it has seen. */
  setDuplicates(duplicates: 'bookAgain' | 'refuse'): void {
    this.#do({ do: 'setDuplicates', duplicates })
  }

  /**
   * Throws if any debit left more than once, naming every such reference: complete requests are counted that were not turned
   * away before any work, and bookings, and refunds.
   */
  assertNoDoubleDebit(): void {
    this.#do({ do: 'assertNoDoubleDebit' })
  }

  /** What EPS would have posted to a callback address by now, oldest first: one for each transfer that was pending and ended. */
  callbacks(): object[] {
    return this.#do({ do: 'callbacks' }) as object[]
  }

  /** Ends it; afterwards its port is free. */
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
