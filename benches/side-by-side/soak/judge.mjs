// Compares what the client has reported, and what its journal contains, with the bookings of the bank.

const UNDONE = ['notSent', 'declined']
const OPEN = ['indeterminate', 'pending']

/**
 * Counts the differences. `told` are pairs `[reference, outcome]` in the order of the client's reports; `rows` are the
 * entries of the journal; `ledger` are the bookings of the bank.
 */
export function judge({ told, rows, ledger }) {
  const booked = new Map(ledger.map((one) => [one.reference, one]))
  const journal = new Map(rows.map((row) => [row.reference, row]))
  const isRight = ({ reference, tid }) => {
    const row = journal.get(reference)
    return row !== undefined && (OPEN.includes(row.outcome) || (row.outcome === 'settled' && row.tid === tid))
  }
  const outcomes = {}
  for (const { outcome } of rows) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return {
    booked: booked.size,
    twice: ledger.filter(({ times }) => times > 1).length,
    lost: ledger.filter((one) => !isRight(one)).length,
    misled: new Set(
      told
        .filter(([reference, outcome]) => UNDONE.includes(outcome) && booked.has(reference))
        .map(([reference]) => reference),
    ).size,
    invented: told.filter(([reference, outcome]) => outcome === 'settled' && !booked.has(reference)).length,
    outcomes,
  }
}
