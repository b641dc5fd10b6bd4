// Options for `new EkoClient(...)` that concern debits.

import { configError, isRecord, knownOptions, textOption, whole } from '../client/option-checks.js'
import type { MoneyOp } from '../generated/money-ops.js'
import type { JournalOption, ScheduleOption } from './store-types.js'

/** Options for debits. The default values suit most users. */
export interface MoneyClientOptions {
  /**
   * Journal in which debits are recorded. Required for debits in production. Default elsewhere: a file in the temporary
   * folder.
   */
  journal?: JournalOption | undefined
  /** Sends inquiries about open debits in the background while the client is open. Default: `true`. */
  resolver?: boolean | undefined
  /** Schedule of the inquiries, and number of "not found" answers that end a debit as "not done". */
  schedule?: ScheduleOption | undefined
  /**
   * Maximum number of debits in progress at the same time, 1 to 10,000. Default: 256. Further debits wait, and a
   * `notice` event reports it.
   */
  maxDebits?: number | undefined
  /**
   * Maximum number of inquiries in progress at the same time, 1 to 1,000. Default: 64. The client sends fewer while EPS
   * is slow or refuses them.
   */
  maxInquiries?: number | undefined
  /** Sends `userCode` with inquiries. Default: `false`. */
  inquiryUserCode?: boolean | undefined
  /**
   * References that EPS has booked, by the name of the call: `{ 'dmt.transfer': 'REF-1' }`. EPS's answer "not found"
   * about a debit is trusted only if EPS finds a booked reference at the same time. Give one for a new account; the
   * journal remembers later references.
   */
  knownReferences?: Readonly<Partial<Record<MoneyOp, string>>> | undefined
  /**
   * Age of an open debit at which an alarm is raised, in milliseconds, up to 31 days. Default: 86,400,000 (one day).
   */
  alarmAfterMs?: number | undefined
}

/** Names of the options for debits, without `journal`, which is checked separately. @internal */
export const MONEY_OPTIONS = [
  'resolver',
  'schedule',
  'maxDebits',
  'maxInquiries',
  'inquiryUserCode',
  'knownReferences',
  'alarmAfterMs',
] as const

const TIMES = ['minutelyUntilMs', 'slowMs', 'notFoundCount', 'notFoundSpreadMs'] as const

/** Checks the types of the options for debits. Rust checks their values. @internal */
export function moneyOptions(config: Record<string, unknown>): void {
  const { schedule, knownReferences } = config
  if (schedule !== undefined) {
    const times = knownOptions('schedule', schedule, TIMES)
    // The checked copy replaces the caller's object, so that a `toJSON` method of that object cannot change the values.
    config.schedule = times
    for (const name of TIMES) whole(`schedule.${name}`, times[name])
  }
  for (const name of ['maxDebits', 'maxInquiries', 'alarmAfterMs']) whole(name, config[name])
  for (const name of ['resolver', 'inquiryUserCode']) {
    if (config[name] !== undefined && typeof config[name] !== 'boolean')
      throw configError(`${name} must be true or false`)
  }
  if (knownReferences !== undefined) config.knownReferences = references(knownReferences)
}

/** Checks the known references and returns a copy. */
function references(value: unknown): Record<string, string> {
  if (!isRecord(value))
    throw configError("knownReferences must be an object from call names to references: { 'dmt.transfer': 'REF-1' }")
  for (const [op, reference] of Object.entries(value)) {
    const name = `knownReferences[${JSON.stringify(op.slice(0, 40))}]`
    if (typeof reference !== 'string' || reference === '') throw configError(`${name} must be a reference as text`)
    textOption(name, op)
    textOption(name, reference)
  }
  return { ...value } as Record<string, string>
}
