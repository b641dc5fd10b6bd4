// What the sandbox takes and gives.
import type { ScheduleOption } from './store-types.js'

/** How a sandbox starts. */
export interface SandboxOptions {
  /** The port on 127.0.0.1; any that is free unless given. */
  port?: number
}

/** What `new EkoClient(...)` takes to talk to the sandbox. */
export interface SandboxCredentials {
  /** A made-up developer key. */
  readonly developerKey: string
  /** A made-up access key. */
  readonly accessKey: string
  /** The only initiator that the sandbox knows. */
  readonly initiatorId: string
  /** The only user code that the sandbox knows. */
  readonly userCode: string
  /** The sandbox's address, with the version path. */
  readonly baseUrl: string
  /** By the name of each call that moves money, a reference that was booked before the sandbox started. No ledger lists it. */
  readonly knownReferences: Readonly<Record<string, string>>
  /** One that takes a debit for "not done" within seconds. EPS itself needs a quarter of an hour. */
  readonly schedule: Readonly<Required<Pick<ScheduleOption, 'notFoundCount' | 'notFoundSpreadMs'>>>
}

/** A documented answer that `script` can order. */
export interface SandboxScenario {
  /** What `script` takes. */
  readonly name: string
  /** What it answers. */
  readonly doc: string
}

/**
 * What can happen to a debit on its way. In all but the first the work is done: a caller who takes one of these for a failure
 * and sends the debit again sends it twice.
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

/** How the bank ends the transfers that come next. */
export interface SandboxBank {
  /** How: `settle` at first; `refundPending` fails with the money still out; `never` stays in flight; `pend` ends later. */
  outcome: 'settle' | 'decline' | 'refundPending' | 'never' | 'pend'
  /** Of `pend`: how it ends; `settle` unless given. */
  then?: 'settle' | 'decline' | 'refundPending' | 'never'
  /** Of `pend`: how much later, in milliseconds. */
  afterMs?: number
  /** So long no inquiry finds it, in milliseconds. */
  hideMs?: number
  /** For so many transfers; for all unless given. */
  times?: number
}

/** One line of the ledger: a booking, a refused one, or a reference that led to none. */
export interface SandboxLedgerEntry {
  /** The `clientRefId` of the debit. */
  readonly reference: string
  /** The transaction's id, if there is a transaction. */
  readonly tid: string | null
  /** Rupees. */
  readonly amount: string
  /** Rupees, on top of the amount. */
  readonly fee: string
  /** What became of it, by now. */
  readonly state: 'notBooked' | 'declined' | 'pending' | 'settled' | 'refundPending' | 'refunded'
  /** How many debit requests with this reference arrived whole and were not turned away before any work. */
  readonly completeRequests: number
  /** When, by the sandbox's clock, in milliseconds. */
  readonly bookedAt: number | null
  /** How many refund requests arrived whole and were not turned away before any work. */
  readonly refundRequests: number
  /** The refund's own id. */
  readonly refundTid: string | null
}

/** What the next call of an endpoint gets: at most one of `scenario`, `body`, `hang`, `close` and `fault`, else its own answer. */
export interface SandboxScript {
  /** A documented scenario, by name. */
  scenario?: string
  /** This answer: text as it is, anything else as its JSON. */
  body?: { httpStatus?: number; headers?: Record<string, string>; body?: unknown }
  /** No answer; the connection stays open. */
  hang?: boolean
  /** No answer; the connection is closed once the request has arrived. */
  close?: boolean
  /** What happens on the wire, by name. */
  fault?: SandboxFault
  /** So much later, in milliseconds. */
  lateMs?: number
  /** For so many calls instead of one. */
  times?: number
  /** The call is worked on first, as if it had been answered: the answer was lost, not the request. */
  afterWork?: boolean
}

/** How far a customer has come: by name, or by the number that the v1/v2 products use. */
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

/** A request that arrived: names and outcomes, never values. */
export interface SandboxRequest {
  /** HTTP method. */
  readonly method: string
  /** The path template of an endpoint, or the path with its numbers masked. */
  readonly path: string
  /** The call, if path and method are one's. */
  readonly op: string | null
  /** The names of the parameters that arrived. */
  readonly params: readonly string[]
  /** The HTTP status it was answered with; `null` if it was not. */
  readonly httpStatus: number | null
  /** `status` of the answer. */
  readonly status: number | null
  /** `response_type_id` of the answer. */
  readonly responseTypeId: number | null
  /** Whether a script took part in the answer. */
  readonly scripted: boolean
  /** The sandbox's clock, in milliseconds. */
  readonly atMs: number
}
