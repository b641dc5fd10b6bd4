// The options of `new EkoClient(...)` that concern debits.
import { configError, knownOptions } from './options.js'
import type { JournalOption, ScheduleOption } from './store-types.js'

/** How a client treats debits. The usual values suit most. */
export interface MoneyClientOptions {
  /** Where debits are recorded: needed for debits in production. Elsewhere a file of the temporary folder, unless given. */
  journal?: JournalOption
  /** Whether open debits are inquired in the background while the client is open. It is, unless `false`. */
  resolver?: boolean
  /** When it inquires, and when silence means "not done". */
  schedule?: ScheduleOption
  /** So many debits at once, 1 to 10,000; 256 unless given. Others wait, which is told as a `notice`. */
  maxDebits?: number
  /** So many inquiries of open debits at once, 1 to 1,000. They are fewer while EPS is slow or refuses them. */
  maxInquiries?: number
  /** Whether inquiries carry `userCode`. They do not, unless `true`. */
  inquiryUserCode?: boolean
  /**
   * A reference that EPS has booked, by the name of the call: `{ 'dmt.transfer': 'REF-1' }`. "Not found" is believed only
   * beside a reference that is found. A new account needs one; the journal remembers later ones by itself.
   */
  knownReferences?: Readonly<Record<string, string>>
  /** A debit that is open for longer raises an alarm, in milliseconds up to 31 days; 86,400,000 unless given. */
  alarmAfterMs?: number
}

/** Their names; `journal` is read apart. @internal */
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

/** Checks them, as far as JavaScript can. @internal */
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
