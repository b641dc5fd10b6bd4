// The plan of one schedule (a run of processes against an unkind EPS), chosen by its seed. Times are milliseconds from
// the begin.
import { Chance } from './random.mjs'

/** So many "not found" over this many milliseconds end a debit here. */
export const SILENCE = { notFoundCount: 3, notFoundSpreadMs: 900 }
/**
 * Longest time in milliseconds until an inquiry finds a new booking. It is shorter than the silence that ends a debit.
 */
export const HIDDEN_MS = 500
/** Time in milliseconds after which silence has ended a debit. */
export const LATE_MS = 3200

/** What EPS does with a debit: first and later `tx_status` of each conduct. */
export const CONDUCTS = {
  settles: ['0', '0'],
  pendsThenSettles: ['2', '0'],
  pendsThenFails: ['2', '1'],
  refundPending: ['3', '3'],
  refundsItself: ['3', '4'],
  fails: ['1', '1'],
  /** Refuses the first request before any work, and settles the next one. */
  refusesFirst: ['0', '0'],
  /** Accepts the debit and does nothing. */
  swallows: undefined,
  /** Answers "no such transaction", and books the debit after silence has ended it. */
  booksLate: ['0', '0'],
}

/** Ways in which EPS answers inquiries badly for a while. */
export const MOODS = [
  ...['401', '403', '429', '500', '502', '302'].map((status) => `http ${status}`),
  'timestamps',
  'no envelope',
  'half a body',
  ...['168', '69', '1', '-1'].map((id) => `fails ${id}`),
  'knows no reference',
  'in queue',
  'another debit',
  'state of before',
  'forgets',
  'hangs',
  'late',
]

/** Moods that look like "no such transaction". They last longer than the silence that ends a debit. */
const LIKE_NONE = /^fails|knows|queue/

/** What is put in place of the journal's file while processes use it. */
export const HARMS = ['a text', 'an empty file', 'nothing', 'a copy', 'a folder']

function processOf(chance, lastsMs) {
  const life = () => ({
    diesAfterMs: chance.comes(40) ? chance.number(50, lastsMs) : undefined,
    stops: chance.many(0, 2, () => ({ afterMs: chance.number(0, lastsMs), forMs: chance.number(50, 1800) })),
  })
  return { lives: chance.many(1, 3, life), resolver: chance.comes(30) }
}

function fateOf(chance, lastsMs) {
  const fromMs = chance.number(300, lastsMs / 2)
  const toMs = fromMs + chance.number(200, lastsMs / 2)
  const kind = chance.one(['stands', 'stands', 'stands', 'restored', 'restored', 'replaced', 'replaced'])
  if (kind === 'restored') {
    // A person declares it when no request is on its way any more, or only in the calm end.
    return { kind, backupMs: fromMs, atMs: toMs, declared: chance.comes(50) }
  }
  return { kind, fromMs, toMs, harm: kind === 'replaced' ? chance.one(HARMS) : undefined }
}

export function planOf(seed) {
  const chance = new Chance(seed)
  const lastsMs = chance.number(3500, 5500)
  const processes = chance.many(chance.comes(40) ? 5 : 2, 5, () => processOf(chance, lastsMs))
  const journal = fateOf(chance, lastsMs)
  const restored = journal.kind === 'restored'
  let conducts = chance.many(4, 8, () => chance.one([...Object.keys(CONDUCTS), 'swallows', 'booksLate']))
  // A round proves absence only at its moment. If the row is lost, nothing can show a booking that EPS makes later.
  if (restored) conducts = conducts.map((conduct) => (conduct === 'booksLate' ? 'settles' : conduct))
  const asks = chance.many(conducts.length * 2, conducts.length * 3, (number) => ({
    atMs: chance.comes(60) ? chance.number(0, 600) : chance.number(0, lastsMs),
    process: chance.number(0, processes.length - 1),
    debit: number < conducts.length ? number : chance.number(0, conducts.length - 1),
    abortAfterMs: chance.comes(15) ? chance.number(0, 600) : undefined,
    deadlineMs: chance.one([700, 1500, 4000]),
  }))
  // The moods come in the first half and soon after. In the second half silence can end debits while processes and
  // journal are still disturbed.
  const windows = chance.many(2, 6, (index) => {
    const fromMs = chance.number(0, lastsMs / 2)
    const mood = MOODS[(seed * 7 + index) % MOODS.length]
    const forMs = LIKE_NONE.test(mood) ? chance.number(1000, 2500) : chance.number(200, 1000)
    return { mood, fromMs, toMs: fromMs + forMs }
  })
  const percent = (most) => (chance.comes(40) ? 0 : chance.number(1, most))
  const copied = percent(40)
  return {
    seed,
    lastsMs,
    processes,
    journal,
    conducts,
    /** Time in milliseconds from the report that a debit is spent until it is replaced by a new one, with `retryOf`. */
    replaces: conducts.map(() => (chance.comes(80) ? chance.number(0, 300) : undefined)),
    asks: asks.sort((one, other) => one.atMs - other.atMs),
    // If EPS forgets a tid that the backup does not have either, nothing can find it.
    windows: windows.filter(({ mood }) => !(restored && mood === 'forgets')),
    wire: {
      ...{ lost: percent(15), delayed: restored ? 0 : percent(40), copied, unanswered: percent(40) },
      ...{ dateless: percent(100), aged: percent(20) },
      // If a copy is refused with a wrong `Date`, it looks as if the first request was refused. No client can detect
      // this.
      misdated: copied > 0 ? 0 : percent(30),
    },
    hiddenMs: restored || chance.comes(50) ? 0 : chance.number(0, HIDDEN_MS),
    // The clock is never near the two-minute limit. There EPS might accept a copy of a refused request a moment later.
    aheadMs: chance.one([0, 0, 0, 0, 3_600_000, -600_000]),
  }
}
