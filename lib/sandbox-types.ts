// Input and output of the sandbox.
import type { ScheduleOption } from './store-types.js'

/** Options of `Sandbox.start`. */
export interface SandboxOptions {
  /** Port on 127.0.0.1. Default: any free port. */
  port?: number
}

/** Options for `new EkoClient(...)` to talk to the sandbox. */
export interface SandboxCredentials {
  /** Developer key, made up. */
  readonly developerKey: string
  /** Access key, made up. */
  readonly accessKey: string
  /** Initiator id. The sandbox knows no other. */
  readonly initiatorId: string
  /** User code. The sandbox knows no other. */
  readonly userCode: string
  /** Address of the sandbox, with the version path. */
  readonly baseUrl: string
  /**
   * References that were booked before the sandbox started, by the name of the call that moves money. No ledger lists
   * them.
   */
  readonly knownReferences: Readonly<Record<string, string>>
  /** Schedule that ends a debit as "not done" within seconds. EPS itself needs a quarter of an hour. */
  readonly schedule: Readonly<Required<Pick<ScheduleOption, 'notFoundCount' | 'notFoundSpreadMs'>>>
}

/** Documented answer that `script` can order. */
export interface SandboxScenario {
  /** Name that `script` takes. */
  readonly name: string
  /** Description of the answer. */
  readonly doc: string
}

/**
 * Fault of a debit on its way. In all faults but `closeBeforeWork` the work is done: a caller who treats one of them as
 * a failure and sends the debit again sends it twice.
 * - `closeBeforeWork`: the request arrives complete, no work is done, and the connection is closed.
 * - `closeAfterWork`: the connection is closed without an answer.
 * - `hangAfterWork`: no answer arrives, and the connection stays open.
 * - `truncated`: the answer ends in the middle.
 * - `htmlAfterWork`: the answer is HTTP 200 with a web page, as a gateway sends it.
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

/** Rule by which the bank ends the next transfers. */
export interface SandboxBank {
  /**
   * End of a transfer. A new sandbox uses `settle`. `refundPending` fails and the money is not back; `never` stays in
   * flight; `pend` ends later.
   */
  outcome: 'settle' | 'decline' | 'refundPending' | 'never' | 'pend'
  /** Later end of a `pend` transfer. Default: `settle`. */
  then?: 'settle' | 'decline' | 'refundPending' | 'never'
  /** Time until a `pend` transfer ends, in milliseconds. */
  afterMs?: number
  /** Time in which no inquiry finds the transfer, in milliseconds. */
  hideMs?: number
  /** Number of transfers that the rule holds for. Default: all. */
  times?: number
}

/** Entry of the ledger: a booking, a refused booking, or a reference that led to no booking. */
export interface SandboxLedgerEntry {
  /** `clientRefId` of the debit. */
  readonly reference: string
  /** Id of the transaction; `null` if there is no transaction. */
  readonly tid: string | null
  /** Amount in rupees, as text. */
  readonly amount: string
  /** Fee in rupees, as text. It is added to the amount. */
  readonly fee: string
  /** State of the debit now. */
  readonly state: 'notBooked' | 'declined' | 'pending' | 'settled' | 'refundPending' | 'refunded'
  /** Number of debit requests with this reference that arrived complete and were not refused before any work. */
  readonly completeRequests: number
  /** Time of the booking by the sandbox's clock, in milliseconds since 1970; `null` if nothing was booked. */
  readonly bookedAt: number | null
  /** Number of refund requests that arrived complete and were not refused before any work. */
  readonly refundRequests: number
  /** Transaction id of the refund; `null` if there is no refund. */
  readonly refundTid: string | null
}

/**
 * Order for the next call of an endpoint. Give at most one of `scenario`, `body`, `hang`, `close` and `fault`. Without
 * them the endpoint gives its own answer.
 */
export interface SandboxScript {
  /** Name of a documented scenario. */
  scenario?: string
  /** Answer to give. A text `body` is sent as it is, any other `body` as its JSON. */
  body?: { httpStatus?: number; headers?: Record<string, string>; body?: unknown }
  /** Gives no answer and leaves the connection open. */
  hang?: boolean
  /** Gives no answer and closes the connection once the request has arrived. */
  close?: boolean
  /** Name of a fault on the wire. */
  fault?: SandboxFault
  /** Delay of the answer, in milliseconds. */
  lateMs?: number
  /** Number of calls that the order holds for. Default: 1. */
  times?: number
  /** Processes the call first, as if it were answered. Then the answer is lost and not the request. */
  afterWork?: boolean
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

/** Request that arrived. It holds names and outcomes, never values. */
export interface SandboxRequest {
  /** HTTP method. */
  readonly method: string
  /** Path template of the endpoint, or the path with its numbers masked. */
  readonly path: string
  /** Name of the call; `null` if the path and the method belong to no call. */
  readonly op: string | null
  /** Names of the parameters that arrived. */
  readonly params: readonly string[]
  /** HTTP status of the answer; `null` if there was no answer. */
  readonly httpStatus: number | null
  /** `status` of the answer. */
  readonly status: number | null
  /** `response_type_id` of the answer. */
  readonly responseTypeId: number | null
  /** True if a script took part in the answer. */
  readonly scripted: boolean
  /** Time of the request by the sandbox's clock, in milliseconds since 1970. */
  readonly atMs: number
}
