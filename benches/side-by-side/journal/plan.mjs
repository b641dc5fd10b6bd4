// Plan of the measurements of the journal, and their goals.
const BOTH = ['ours', 'plain', 'batch']

/**
 * Parts of the measurement. `wait` is the time that the bank takes to answer, in milliseconds. `inFlight` is the number
 * of debits in flight. `over` is the connection (default: plain HTTP). `who` lists the ways to make a debit.
 */
export const PARTS = [
  { key: '0 ms, 1', inFlight: 1, who: BOTH },
  { key: '0 ms, 64', inFlight: 64, who: BOTH },
  { key: '0 ms, 512', inFlight: 512, who: BOTH },
  { key: '100 ms, 64', inFlight: 64, wait: 100, who: BOTH },
  { key: '100 ms, 512', inFlight: 512, wait: 100, who: BOTH },
  { key: 'TLS, 1', inFlight: 1, over: 'https', who: BOTH },
  { key: 'TLS, 64', inFlight: 64, over: 'https', who: BOTH },
  { key: 'acknowledged, 1', inFlight: 1, acknowledge: true, who: ['ours', 'plain'] },
  { key: '40 ms away', inFlight: 1, over: 'far', reads: true, who: ['ours'] },
  { key: 'PostgreSQL, 1', inFlight: 1, postgres: true, who: ['ours', 'pg'] },
  { key: 'PostgreSQL, 64', inFlight: 64, postgres: true, who: ['ours', 'pg'] },
  { key: 'PostgreSQL, 512', inFlight: 512, postgres: true, who: ['ours', 'pg'] },
  { key: 'four processes, 64 each', inFlight: 64, processes: 4, who: ['ours', 'batch'] },
]

export const FULL = { rounds: 3, warmUpMs: 1000, measureMs: 1500, rows: 1_000_000, clients: 1000 }
export const QUICK = { rounds: 1, warmUpMs: 700, measureMs: 800, rows: 100_000, clients: 200 }

const ratio = (key, other, figure) => (data) => data[key]?.ours?.times[other]?.[figure]
const least = (goal) => ({ goal: `${goal} or more`, met: (value) => value >= goal })
const most = (goal, unit = '') => ({ goal: `${goal}${unit} or less`, met: (value) => value <= goal })
const AHEAD = { goal: 'more than 1', met: (value) => value > 1 }

/** Goals: a name that begins with the key of the part, the figure that is compared, and its bound. */
export const GOALS = [
  ...['0 ms, 1', '0 ms, 64', '0 ms, 512', '100 ms, 64', '100 ms, 512', 'acknowledged, 1', 'TLS, 64'].map((key) => [
    `${key}: debits/s of the plain peer's`,
    ratio(key, 'plain', 'perSecond'),
    AHEAD,
  ]),
  ...['0 ms, 64', '0 ms, 512', '100 ms, 64', '100 ms, 512'].map((key) => [
    `${key}: debits/s of the peer's with batch`,
    ratio(key, 'batch', 'perSecond'),
    least(0.6),
  ]),
  ['TLS, 1: debits/s of the plain peer', ratio('TLS, 1', 'plain', 'perSecond'), least(0.9)],
  ['40 ms away: a steady debit of a read', ratio('40 ms away', 'read', 'p50Ms'), most(1.15)],
  ['100 ms, 512: p50', (data) => data['100 ms, 512']?.ours?.p50Ms, most(110, ' ms')],
  ['0 ms, 64: CPU of the peer with batch', ratio('0 ms, 64', 'batch', 'cpuUs'), most(1.5)],
  ['0 ms, 64: main thread of the peer with batch', ratio('0 ms, 64', 'batch', 'mainUs'), most(0.4)],
  ...['PostgreSQL, 1', 'PostgreSQL, 64', 'PostgreSQL, 512'].map((key) => [
    `${key}: debits/s of pg by hand`,
    ratio(key, 'pg', 'perSecond'),
    least(1.3),
  ]),
  ['four processes: p99', (data) => data['four processes, 64 each']?.ours?.p99Ms, most(60, ' ms')],
  ['a large journal: time of a debit of an empty one', (data) => data.large?.full?.times.empty.p50Ms, most(1.1)],
  ...['listing', 'sweep', 'prune'].map((name) => [
    `beside a ${name}: p99 of a debit alone`,
    (data) => data.large?.[name]?.times.full.p99Ms,
    most(1.5),
  ]),
]
