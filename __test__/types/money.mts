// A switch over a debit's outcome that forgets one does not compile. Compiled only.
import { EkoClient, type JournalEntry, type JournalStore, type MoneyOutcome } from 'eko-eps'

declare const store: JournalStore
const eko = new EkoClient({
  developerKey: 'd',
  accessKey: 'a',
  environment: 'uat',
  journal: { store },
  resolver: false,
})
const params = { recipientId: '1', amount: '100', customerId: '9000000003', otp: '1234', otpRefId: 'x' }

/** Only callable with nothing. */
function never(value: never): never {
  throw new Error(String(value))
}

export async function transfer(signal: AbortSignal): Promise<string> {
  const result = await eko.dmt.transfer({ ...params, clientRefId: 'REF-1' }, { signal, deadlineMs: 60_000 })
  const reference: string = result.clientRefId
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

export async function mistakes(): Promise<void> {
  const result = await eko.dmt.transfer(params)
  // @ts-expect-error only what is open can be resolved
  await result.resolve()
  // @ts-expect-error an amount is text
  await eko.dmt.transfer({ ...params, amount: 100 })
  // @ts-expect-error a debit is not prepared for sending by other means
  eko.prepare('dmt.transfer', params)
  // @ts-expect-error the risk must be named
  new EkoClient({ developerKey: 'd', accessKey: 'a', environment: 'uat', journal: { off: true } })
  // @ts-expect-error a store has five methods
  new EkoClient({ developerKey: 'd', accessKey: 'a', environment: 'uat', journal: { store: { read: store.read } } })
  // @ts-expect-error no such event
  eko.on('settled', () => {})
}

export async function afterwards(): Promise<void> {
  const entries: JournalEntry[] = await eko.unresolved()
  for (const { op, reference, outcome } of entries) if (outcome === 'settled') await eko.acknowledge({ op, reference })
  const off: () => void = eko.on('alarm', ({ reference, reason, detail }) => {
    const text: string = detail
    switch (reason) {
      case 'duplicateObserved':
      case 'contradiction':
      case 'stateChanged':
        return console.error(reference, text)
      default:
        reason satisfies never
    }
  })
  off()
  // @ts-expect-error only an alarm has a reason
  eko.on('resolved', ({ reason }) => console.error(reason))
  const removed: number = await eko.prune({ olderThanMs: 1 })
  void removed
}
