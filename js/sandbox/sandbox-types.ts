// Types of the input and output of the sandbox.
import type { Op } from '../generated/calls.js'
import type { SandboxScenarioName } from './scenario-names.js'

/** Options for `Sandbox.start`. */
export interface SandboxOptions {
  /** Port to listen on at 127.0.0.1. Default: any free port. */
  port?: number | undefined
}

/** Options of `new EkoClient(...)` for the sandbox. */
export interface SandboxCredentials {
  /** Made-up developer key. */
  readonly developerKey: string
  /** Made-up access key. */
  readonly accessKey: string
  /** Initiator id. The sandbox accepts no other initiator id. */
  readonly initiatorId: string
  /** User code. The sandbox accepts no other user code. */
  readonly userCode: string
  /** Address of the sandbox, including the version path. */
  readonly baseUrl: string
  /**
   * References that count as booked before the sandbox started, by the name of the call that moves money. The ledger
   * does not list them.
   */
  readonly knownReferences: Readonly<Record<string, string>>
  /**
   * Schedule of inquiries that can end a debit as "not done" within seconds. With EPS itself, this takes a quarter of
   * an hour.
   */
  readonly schedule: { readonly notFoundCount: number; readonly notFoundSpreadMs: number }
}

/** Documented answer that `script` can choose for a call. */
export interface SandboxScenario<O extends Op = Op> {
  /** Name of the answer. Pass it to `script`. */
  readonly name: SandboxScenarioName<O>
  /** Description of the answer. */
  readonly doc: string
}

/**
 * Fault that the sandbox simulates for a debit. In all faults except `closeBeforeWork`, the sandbox does the work of
 * the debit. A caller that treats such a fault as a failure, and sends the debit again, sends it twice.
 * - `closeBeforeWork`: the request arrives complete, no work is done, and the connection is closed.
 * - `closeAfterWork`: the connection is closed without an answer.
 * - `hangAfterWork`: no answer is sent, and the connection stays open.
 * - `truncated`: the answer ends in the middle.
 * - `htmlAfterWork`: the answer is HTTP 200 with a web page, as from a gateway.
 * - `serverErrorAfterWork`: the answer is HTTP 500.
 * - `otherReference`: the answer names another `client_ref_id`.
 * - `otherAmount`: the answer names another amount.
 */
export type SandboxFault =
  | 'closeBeforeWork'
  | 'closeAfterWork'
  | 'hangAfterWork'
  | 'truncated'
  | 'htmlAfterWork'
  | 'serverErrorAfterWork'
  | 'otherReference'
  | 'otherAmount'

/** Rule that decides how the bank ends the next transfers. */
export interface SandboxBank {
  /**
   * Result of a transfer.
   * - `settle`: the transfer succeeds. A new sandbox uses this result.
   * - `decline`: the transfer fails.
   * - `refundPending`: the transfer fails, and the money is not back yet.
   * - `never`: the transfer stays in flight.
   * - `pend`: the transfer is in flight at first and ends after `afterMs`.
   */
  outcome: 'settle' | 'decline' | 'refundPending' | 'never' | 'pend'
  /** Final result of a `pend` transfer. Default: `settle`. */
  then?: 'settle' | 'decline' | 'refundPending' | 'never' | undefined
  /** Time from the booking of a `pend` transfer until it ends, in milliseconds. */
  afterMs?: number | undefined
  /** Time during which inquiries do not find the transfer, in milliseconds. */
  hideMs?: number | undefined
  /** Number of transfers to which the rule applies. Default: all. */
  times?: number | undefined
}

/** Entry of the sandbox's ledger: a booking, a refused booking, or a reference that led to no booking. */
export interface SandboxLedgerEntry {
  /** `clientRefId` of the debit. */
  readonly reference: string
  /** Transaction id (tid); `null` if there is no transaction. */
  readonly tid: string | null
  /** Amount of the debit in rupees, as text. */
  readonly amount: string
  /** Fee in rupees, as text. It is added to the amount. */
  readonly fee: string
  /** Current state of the debit. */
  readonly state: 'notBooked' | 'declined' | 'pending' | 'settled' | 'refundPending' | 'refunded'
  /** Number of complete debit requests with this reference, without requests that were refused before any work. */
  readonly completeRequests: number
  /** Time of the booking by the sandbox's clock, in Unix milliseconds; `null` if nothing was booked. */
  readonly bookedAt: number | null
  /** Number of complete refund requests, without requests that were refused before any work. */
  readonly refundRequests: number
  /** Transaction id of the refund; `null` if there is no refund. */
  readonly refundTid: string | null
}

/**
 * Instruction for the answer to the next call of an endpoint. Give at most one of `scenario`, `body`, `hang`, `close`
 * and `fault`; without any, the answer is the usual one.
 */
export interface SandboxScript<O extends Op = Op> {
  /** Name of a documented scenario. */
  scenario?: SandboxScenarioName<O> | undefined
  /** Answer to send. If its `body` is text, it is sent unchanged. Any other `body` is sent as JSON. */
  body?: { httpStatus?: number | undefined; headers?: Record<string, string> | undefined; body?: unknown } | undefined
  /** Sends no answer and leaves the connection open. */
  hang?: boolean | undefined
  /** Sends no answer and closes the connection after the request has arrived. */
  close?: boolean | undefined
  /** Name of a fault in the request or the answer of a debit. */
  fault?: SandboxFault | undefined
  /** Delay of the answer, in milliseconds. */
  lateMs?: number | undefined
  /** Number of calls to which the instruction applies. Default: 1. */
  times?: number | undefined
  /**
   * Processes the call as usual, and then applies the instruction to the answer. The work is done, but the answer is
   * lost.
   */
  afterWork?: boolean | undefined
}

/** State of a customer: a name, or the number that the v1/v2 products use. */
export type SandboxCustomerState =
  | 'unknown'
  | 'enrolled'
  | 'aadhaarPending'
  | 'panPending'
  | 'kycPending'
  | 'verified'
  | 'fullKyc'
  | 'nameChangePending'
  | 'limitExhausted'
  | 1
  | 2
  | 3
  | 4
  | 5
  | 8

/** Request that arrived at the sandbox. It contains names and results, but never the values of parameters. */
export interface SandboxRequest {
  /** HTTP method. */
  readonly method: string
  /** Path template of the endpoint. For an unknown path, the path with its numbers masked. */
  readonly path: string
  /** Name of the call; `null` if no call has this path and method. */
  readonly op: Op | null
  /** Names of the parameters that arrived. */
  readonly params: readonly string[]
  /** HTTP status of the answer; `null` if there was no answer. */
  readonly httpStatus: number | null
  /** Value of `status` in the answer; `null` if there is none. */
  readonly status: number | null
  /** Value of `response_type_id` in the answer; `null` if there is none. */
  readonly responseTypeId: number | null
  /** True if an instruction of `script` took part in the answer. */
  readonly scripted: boolean
  /** Time of the request by the sandbox's clock, in Unix milliseconds. */
  readonly atMs: number
}
