// A switch over a debit's outcome that forgets one does not compile. Compiled only.
import {
  type Alarm,
  type AlarmReason,
  EkoClient,
  type EkoError,
  type HistoryEntry,
  type JournalEntry,
  type JournalRow,
  type JournalStore,
  type Listing,
  type MoneyOutcome,
} from 'eko-eps'

declare const store: JournalStore
const eko = new EkoClient({
  developerKey: 'd',
  accessKey: 'a',
  environment: 'uat',
  journal: { store },
  resolver: false,
  schedule: { minutelyUntilMs: 1, slowMs: 1, notFoundCount: 1, notFoundSpreadMs: 1 },
  maxDebits: 10,
  maxInquiries: 10,
  inquiryUserCode: true,
  knownReferences: { 'dmt.transfer': 'REF-0' },
  alarmAfterMs: 60_000,
})
const params = { recipientId: '1', amount: '100', customerId: '9000000003', otp: '1234', otpRefId: 'x' }

/** Only callable with nothing. */
function never(value: never): never {
  throw new Error(String(value))
}

export async function transfer(signal: AbortSignal): Promise<string> {
  const result = await eko.dmt.transfer(
    { ...params, clientRefId: 'REF-1' },
    { signal, deadlineMs: 60_000, retryOf: 'REF-0' },
  )
  const reference: string = result.clientRefId
  const reusable: boolean = result.reusable
  if (reusable) return `${result.op} ${result.reservationId ?? ''} ${result.revision ?? 0}`
  switch (result.outcome) {
    case 'settled':
      return result.tid ?? result.bankRefNum ?? reference
    case 'declined':
      return result.beforeWork ? (result.error?.code ?? '') : (result.reason ?? '')
    case 'refunded':
      return result.amount ?? ''
    case 'notSent':
      return result.error?.action ?? ''
    case 'pending':
      return later(await result.resolve())
    case 'refundPending':
      return result.next satisfies 'sendRefundOtp'
    case 'indeterminate':
      return result.contradiction ?? later(await result.resolve())
    default:
      return never(result)
  }
}

function later(known: MoneyOutcome): string {
  return known.outcome === 'settled' ? (known.tid ?? '') : known.evidence.phase
}

export async function forgetsNotSent(): Promise<void> {
  const result = await eko.dmt.transfer(params)
  switch (result.outcome) {
    case 'settled':
    case 'declined':
    case 'refunded':
    case 'pending':
    case 'refundPending':
    case 'indeterminate':
      return
    default:
      // @ts-expect-error notSent is forgotten
      never(result)
  }
}

export async function forgetsIndeterminate(): Promise<void> {
  const result = await eko.refund({ tid: '1', otp: '1234' })
  switch (result.outcome) {
    case 'settled':
    case 'declined':
    case 'refunded':
    case 'pending':
    case 'refundPending':
    case 'notSent':
      return
    default:
      // @ts-expect-error indeterminate is forgotten
      never(result)
  }
}

export async function mistakes(entry: JournalEntry): Promise<void> {
  const result = await eko.dmt.transfer(params)
  // @ts-expect-error only what is open can be resolved
  await result.resolve()
  // @ts-expect-error its outcome is no state
  result.state
  // @ts-expect-error an amount is text
  await eko.dmt.transfer({ ...params, amount: 100 })
  // @ts-expect-error a debit is not prepared for sending by other means
  eko.prepare('dmt.transfer', params)
  // @ts-expect-error only a debit replaces another
  await eko.getCustomer({ customerId: '9444444444' }, { retryOf: 'REF-0' })
  // @ts-expect-error no such event
  eko.on('settled', () => {})
  // @ts-expect-error what is still open has no end to acknowledge
  if (result.outcome === 'pending') await eko.acknowledge(result)
  // @ts-expect-error a reference alone does not say which attempt is meant
  await eko.acknowledge({ op: entry.op, reference: entry.reference })
  // @ts-expect-error a person must have asked EPS
  await eko.declareNotSent(entry, { iHaveAskedEps: false })
  // @ts-expect-error how it ended is missing
  await eko.declareFinal(entry, { iHaveAskedEps: true })
  // @ts-expect-error notSent is declared by declareNotSent
  await eko.declareFinal(entry, { outcome: 'notSent', iHaveAskedEps: true })
  // @ts-expect-error a listing is no list
  for (const debit of eko.unresolved()) console.log(debit)
}

export function wrongOptions(): void {
  const keys = { developerKey: 'd', accessKey: 'a', environment: 'uat' } as const
  // @ts-expect-error the risk must be named
  new EkoClient({ ...keys, journal: { off: true } })
  // @ts-expect-error a store has five methods
  new EkoClient({ ...keys, journal: { store: { read: store.read } } })
  // @ts-expect-error the risk must be named
  new EkoClient({ ...keys, journal: { file: '/tmp/journal', acceptVolatile: true } })
  // @ts-expect-error a debit has no time to begin
  new EkoClient({ ...keys, schedule: { beginWithinMs: 1 } })
  new EkoClient({
    ...keys,
    journal: { file: '/tmp/journal', create: false, acceptVolatile: 'debits-may-be-forgotten' },
  })
}

/** Acknowledges what has ended, of a debit's own outcome. */
export async function ended(result: MoneyOutcome): Promise<boolean> {
  switch (result.outcome) {
    case 'settled':
    case 'declined':
    case 'refunded':
    case 'notSent':
      return eko.acknowledge(result)
    default: {
      const why: 'noControl' | 'unlike' | 'noAnswer' | 'contradiction' | 'inFlight' | undefined = result.why
      const error: EkoError | undefined = result.error
      return why === undefined && error?.sentByThisCall !== false && result.nextInquiryAt === undefined
    }
  }
}

export async function afterwards(): Promise<void> {
  const listing: Listing<JournalEntry> = eko.unresolved()
  for await (const debit of listing) {
    if (debit.outcome === 'settled') await eko.acknowledge(debit)
    else if (debit.why === 'noControl') await eko.declareNotSent(debit, { iHaveAskedEps: true })
    else await eko.declareFinal(debit, { outcome: 'settled', tid: '1', iHaveAskedEps: true })
    const known: JournalEntry = await eko.resolve(debit)
    const history: HistoryEntry[] = await eko.history(known)
    console.log(history.map(({ at, from, to, by, detail }) => [at, from, to, by, detail]))
    // @ts-expect-error what was listed is read, not set
    debit.acknowledged = true
    // @ts-expect-error there is no count of "not found"
    console.log(debit.notFound)
  }
  const first: JournalEntry[] = await listing.toArray({ limit: 10 })
  const alarms: Alarm[] = await eko.alarms().toArray()
  for (const alarm of alarms) await eko.acknowledgeAlarm(alarm)
  await eko.declareRestored({ iHaveAskedEps: true })
  const removed: number = await eko.prune({ olderThanMs: first.length })
  const moved: number = await eko.archive({ olderThanMs: removed })
  const all: JournalEntry[] = await eko.debits().toArray({ limit: moved })
  void all
}

export function events(): void {
  const off: () => void = eko.on('alarm', ({ op, reference, reservationId, reason, detail }) => {
    const text: string = detail
    switch (reason) {
      case 'duplicateObserved':
      case 'contradiction':
      case 'stateChanged':
      case 'bookedTwice':
      case 'madeUpFound':
      case 'openTooLong':
      case 'journal':
        return console.error(op, reference, reservationId, text)
      default:
        reason satisfies never
    }
  })
  off()
  eko.on('resolved', async (event) => void (await eko.acknowledge(event)))
  eko.on('outcome', ({ reservationId, revision, outcome, tid }) => console.log(reservationId, revision, outcome, tid))
  eko.on('notice', ({ reason, detail }) => console.log(reason === 'waiting', detail))
  // @ts-expect-error only an alarm and a notice have a reason
  eko.on('resolved', ({ reason }) => console.error(reason))
  // @ts-expect-error an event tells an outcome
  eko.on('resolved', ({ state }) => console.error(state))
  // @ts-expect-error a notice is no alarm
  eko.on('notice', ({ reason }) => reason satisfies AlarmReason)
}

/** A store of one's own, in its least form. */
export const own: JournalStore = {
  read: async () => null,
  write: async (row: JournalRow, also = []) => row.version === 1 && also.every(({ kind }) => kind === 'known'),
  due: async (_nowMs, _limit, { account, order }) => (order === 'oldest' && account === '' ? [] : []),
  unresolved: async (_limit, { after }) => (after === null ? [] : []),
  prune: async (olderThanMs, nowMs, limit) => Math.min(nowMs - olderThanMs, limit),
}

/** And in its fullest. */
export const full: JournalStore = {
  ...own,
  archive: async (olderThanMs, nowMs, limit) => Math.min(nowMs - olderThanMs, limit),
  debits: async (_limit, { account, after }) => (after === null && account === '' ? [] : []),
  clock: async () => ({ epoch: 'mine', ms: 1 }),
}
