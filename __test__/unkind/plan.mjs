// What one schedule holds, all of it drawn from its seed. Times are milliseconds since it began.
import { Chance } from './random.mjs'

/** So many equal answers over so long end a silent debit here. */
export const SILENCE = { notFoundCount: 3, notFoundSpreadMs: 900 }
/** A booking is found this long after EPS took it: silence ends nothing sooner. */
export const HIDDEN_MS = 500
/** Silence has ended a debit by then. */
export const LATE_MS = 3200

/** What EPS does with a debit that it takes. */
export const CONDUCTS = {
  settles: ['0', '0'],
  pendsThenSettles: ['2', '0'],
  pendsThenFails: ['2', '1'],
  refundPending: ['3', '3'],
  refundsItself: ['3', '4'],
  fails: ['1', '1'],
  /** Refuses the first before any work, and settles the next. */
  refusesFirst: ['0', '0'],
  /** Takes it and does nothing. */
  swallows: undefined,
  /** Says that it has no such transaction, and books it after silence has ended it. */
  booksLate: ['0', '0'],
}

/** What inquiries meet for a while. */
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

/** These look like "no such transaction": they last longer than silence. */
const LIKE_NONE = /^fails|knows|queue/

/** What happens to the journal's file under running processes. */
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
    // Declared when nothing is on its way any more, or not before the world is kind.
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
  // A round proves absence at that moment: what EPS books later nobody can know who has lost the row.
  if (restored) conducts = conducts.map((conduct) => (conduct === 'booksLate' ? 'settles' : conduct))
  const asks = chance.many(conducts.length * 2, conducts.length * 3, (number) => ({
    atMs: chance.comes(60) ? chance.number(0, 600) : chance.number(0, lastsMs),
    process: chance.number(0, processes.length - 1),
    debit: number < conducts.length ? number : chance.number(0, conducts.length - 1),
    abortAfterMs: chance.comes(15) ? chance.number(0, 600) : undefined,
    deadlineMs: chance.one([700, 1500, 4000]),
  }))
  // The end is calmer: there silence ends what it can while the journal and the processes have no rest yet.
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
    /** So long after somebody was told that a debit is spent they replace it by a new one, with `retryOf`. */
    replaces: conducts.map(() => (chance.comes(80) ? chance.number(0, 300) : undefined)),
    asks: asks.sort((one, other) => one.atMs - other.atMs),
    // A forgotten tid that the backup does not know either is gone for good.
    windows: windows.filter(({ mood }) => !(restored && mood === 'forgets')),
    wire: {
      ...{ lost: percent(15), delayed: restored ? 0 : percent(40), copied, unanswered: percent(40) },
      ...{ dateless: percent(100), aged: percent(20) },
      // A copy's refusal with a `Date` that is off says that the first was refused: that no client can tell.
      misdated: copied > 0 ? 0 : percent(30),
    },
    hiddenMs: restored || chance.comes(50) ? 0 : chance.number(0, HIDDEN_MS),
    // Never near the edge of what EPS takes: there a copy of a refused request may be taken a moment later.
    aheadMs: chance.one([0, 0, 0, 0, 3_600_000, -600_000]),
  }
}
