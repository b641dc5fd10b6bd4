// Compares a journal of many rows with an empty one. Also measures debits while a listing, a sweep or a prune works on
// the large journal.
import { join } from 'node:path'
import { one, rounds } from './run.mjs'
import { seed } from './seed.mjs'

/** Load of a typical service: a debit now and then, much less than the disk can take. */
const GENTLE = { inFlight: 4, gapMs: 4 }

/** Runs one variant. Unlike `one`, it ignores the variant's name, which `rounds` passes as the second argument. */
const alone = (job) => one(job)

export async function large({ plan, server, path }, say) {
  const job = { who: 'ours', origin: server.http, warmUpMs: plan.warmUpMs, measureMs: plan.measureMs }
  const [full, empty] = [join(path, 'full.sqlite'), join(path, 'empty.sqlite')]
  for (const file of [full, empty]) await one({ ...job, file, inFlight: 1, warmUpMs: 0, measureMs: 100 })
  const bytes = await seed(full, plan.rows)
  say(`${plan.rows} rows, ${(bytes / plan.rows).toFixed(0)} bytes each`)
  const busy = { ...job, inFlight: 64 }
  // The disk may still be busy with the rows that filled the journal, so the result of this run is not used.
  await one({ ...busy, file: full })
  const speed = await rounds(
    { full: { ...busy, file: full }, empty: { ...busy, file: empty } },
    plan.rounds,
    alone,
    say,
  )
  const gentle = { ...job, ...GENTLE, file: full, measureMs: plan.measureMs * 2 }
  const names = ['listing', 'sweep', 'prune']
  const variants = {
    full: gentle,
    ...Object.fromEntries(names.map((name) => [name, { ...gentle, beside: name, sweeps: name === 'sweep' }])),
  }
  const besides = await rounds(variants, plan.rounds, alone, say)
  const { full: quiet, ...others } = besides
  return { ...speed, alone: quiet, ...others, bytesARow: bytes / plan.rows }
}
