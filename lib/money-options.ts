// Options of `new EkoClient(...)` that concern debits.
import { configError, knownOptions } from './options.js'
import type { JournalOption, ScheduleOption } from './store-types.js'

/** Options for debits. The default values suit most users. */
export interface MoneyClientOptions {
  /**
   * Place where debits are recorded. Required for debits in production. Elsewhere the default is a file in the
   * temporary folder.
   */
  journal?: JournalOption
  /**
   * Set it to `false` to switch off the inquiries about open debits that run in the background while the client is
   * open.
   */
  resolver?: boolean
  /** Times of the inquiries, and the rule by which silence means "not done". */
  schedule?: ScheduleOption
  /** Largest number of debits at once, 1 to 10,000. Default: 256. Further debits wait, and a `notice` reports it. */
  maxDebits?: number
  /** Largest number of inquiries at once, 1 to 1,000. Default: 64. Fewer are sent while EPS is slow or refuses them. */
  maxInquiries?: number
  /** Set it to `true` to send `userCode` with inquiries. Default: `false`. */
  inquiryUserCode?: boolean
  /**
   * References that EPS has booked, by the name of the call: `{ 'dmt.transfer': 'REF-1' }`. "Not found" proves
   * something only beside a reference that EPS finds. A new account needs one. The journal remembers later references
   * by itself.
   */
  knownReferences?: Readonly<Record<string, string>>
  /** Age at which an open debit raises an alarm, in milliseconds, up to 31 days. Default: 86,400,000 (one day). */
  alarmAfterMs?: number
}

/** Names of these options, without `journal`, which is read separately. @internal */
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
const MONTH_MS = 2_678_400_000

/** Checks these options, as far as JavaScript can. @internal */
export function moneyOptions(config: Record<string, unknown>): void {
  const { schedule, knownReferences } = config
  if (schedule !== undefined) {
    const times = knownOptions('schedule', schedule, TIMES)
    for (const name of TIMES) whole(`schedule.${name}`, times[name], MONTH_MS)
  }
  whole('maxDebits', config.maxDebits, 10_000)
  whole('maxInquiries', config.maxInquiries, 1000)
  whole('alarmAfterMs', config.alarmAfterMs, MONTH_MS)
  for (const name of ['resolver', 'inquiryUserCode']) {
    if (config[name] !== undefined && typeof config[name] !== 'boolean')
      throw configError(`${name} must be true or false`)
  }
  if (knownReferences !== undefined) references(knownReferences)
}

function whole(name: string, value: unknown, most: number): void {
  if (value === undefined) return
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
    throw configError(`${name} must be a whole number from 1 to ${most.toLocaleString('en')}`)
}

function references(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw configError("knownReferences must be an object of references: { 'dmt.transfer': 'REF-1' }")
  for (const [op, reference] of Object.entries(value)) {
    if (typeof reference !== 'string' || reference === '')
      throw configError(`knownReferences[${JSON.stringify(op.slice(0, 40))}] must be a reference as text`)
  }
}
