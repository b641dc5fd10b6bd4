// Compares EPS's books with the journal at the end of a schedule.
import { setTimeout as pause } from 'node:timers/promises'
import { debitOf, newOf } from './bank.mjs'
import { FINAL } from './judge.mjs'

/**
 * Number of inquiry turns at the end, and the time between them in milliseconds: long enough for silence to end a
 * debit.
 */
const TURNS = 20
const TURN_MS = 320

function isOver({ reference, outcome, spent }, bank) {
  const booking = bank.booking(reference)
  if (outcome === 'refundPending') return booking?.later === '3'
  return ['settled', 'declined', 'refunded'].includes(outcome) || (outcome === 'notSent' && !(spent && booking))
}

/**
 * Asks until all debits have their final outcome, or all turns are over. Resolves to all debits and alarms of the
 * journal.
 */
export async function untilOver(life, bank) {
  let all
  for (let turn = 0; turn < TURNS; turn++) {
    await life.call('ask')
    all = await life.call('all')
    if (all.failed !== undefined) throw new Error(`the journal cannot be read at the end: ${all.failed}`)
    if (all.debits.every((debit) => isOver(debit, bank))) break
    await pause(TURN_MS)
  }
  return all
}

/** Checks that no debit was accepted or booked twice. */
function judgeTaken(judge, bank, alarms) {
  for (const [reference, count] of bank.taken) {
    // EPS has lost this debit, and the older copy of the journal has no row of it. Nothing can show that it was sent
    // before.
    const nobody = judge.wasRestored && bank.conduct(reference) === 'swallows'
    if (count > 1 && !nobody) judge.fault(`${reference} was taken ${count} times`)
    const successor = newOf(debitOf(reference))
    const booking = bank.booking(reference)
    if (reference === successor || !booking || !bank.booking(successor) || judge.wasRestored) continue
    if (!judge.isLate(booking)) judge.fault(`${reference} is booked, and was replaced`)
    if (alarms.some(({ reason }) => reason === 'bookedTwice')) judge.counts.bookedTwice++
    else judge.fault(`${reference} and ${successor} are booked, and nobody was told`)
  }
}

/** Checks that no booked debit is lost, and that the journal has EPS's outcome of each. */
function judgeBooked(judge, bank, entries) {
  for (const { reference, later } of bank.bookings()) {
    const entry = entries.get(reference)
    const says = `EPS says ${FINAL[later]} of ${reference}`
    if (entry === undefined && judge.lost.has(reference)) judge.counts.forgotten++
    else if (entry === undefined) judge.fault(`${says}, and the journal does not know it: lost`)
    else if (entry.outcome !== FINAL[later]) judge.fault(`${says}, and the journal ${entry.outcome}, ${entry.why}`)
    else if (entry.reusable) judge.fault(`${says}, and the journal that its reference is free`)
  }
}

export function judgeEnd(judge, bank, { debits, alarms }) {
  judgeTaken(judge, bank, alarms)
  judgeBooked(judge, bank, new Map(debits.map((entry) => [entry.reference, entry])))
  for (const { reference, outcome, why } of debits) {
    if (bank.booking(reference) || ['notSent', 'declined'].includes(outcome)) continue
    judge.fault(`EPS has nothing of ${reference}, and the journal says ${outcome}, ${why}`)
  }
}
