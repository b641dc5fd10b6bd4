// Plan of the soak and the outage: how long they take, which mistakes the bank makes, and the goals.

/** Share of all debits for each kind of mistake. The bank answers the other debits correctly and at once. */
const SHARES = { late: 0.12, reset: 0.1, broken: 0.06, seen: 0.01, seenUndated: 0.01 }
const BANK = { shares: SHARES, books: 0.5, lateMs: 2500, seed: 7 }

export const FULL = {
  bank: BANK,
  // With this schedule, a debit that EPS does not find ends within the run, so that the number of open debits stops
  // growing. With the default schedule, this takes a quarter of an hour.
  soak: {
    rate: 60,
    loadMs: 450_000,
    drainMs: 150_000,
    deadlineMs: 1500,
    schedule: { notFoundCount: 3, notFoundSpreadMs: 60_000 },
  },
  outage: { open: 100_000, unknownEvery: 200, rate: 20, atMostMs: 300_000, lastMs: 60_000 },
}
export const QUICK = {
  bank: BANK,
  soak: {
    rate: 60,
    loadMs: 20_000,
    drainMs: 10_000,
    deadlineMs: 1500,
    schedule: { notFoundCount: 2, notFoundSpreadMs: 4000 },
  },
  outage: { open: 5000, unknownEvery: 200, rate: 20, atMostMs: 30_000, lastMs: 10_000 },
}

const most = (goal, unit = '') => ({
  goal: goal === 0 ? 'none' : `${goal}${unit} or less`,
  met: (value) => value <= goal,
})
const seconds = (value) => value / 1000

/** Goals: a name, the figure that is compared, and its bound. */
export const GOALS = [
  ['debits that EPS has booked twice', ({ soak }) => soak?.judged.twice, most(0)],
  ['booked debits that neither are settled nor open', ({ soak }) => soak?.judged.lost, most(0)],
  ['booked debits that were told as not sent or declined', ({ soak }) => soak?.judged.misled, most(0)],
  ['debits that were told as settled and are not booked', ({ soak }) => soak?.judged.invented, most(0)],
  ['memory in the last third of the load, of the middle third', ({ soak }) => soak?.growth, most(1.1)],
  ['descriptors at the end, above those at the start', ({ soak }) => soak?.leaked, most(8)],
  [
    'after the outage: a fresh debit is asked about late, p99',
    ({ outage }) => seconds(outage?.late.p99Ms),
    most(1.5, ' s'),
  ],
  ['after the outage: half of the backlog was asked about', ({ outage }) => seconds(outage?.halfMs), most(150, ' s')],
  ['after the outage: all of the backlog was asked about', ({ outage }) => seconds(outage?.endMs), most(300, ' s')],
  ['debits of the outage that are wrong in the journal', ({ outage }) => outage?.judged.wrong, most(0)],
]
