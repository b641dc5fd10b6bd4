// A journal of many rows beside an empty one, and a debit beside what runs over all of them.
import { join } from 'node:path'
import { one, rounds } from './run.mjs'
import { seed } from './seed.mjs'

/** As a service is used: a debit now and then, and not as many as the disk takes. */
const GENTLE = { inFlight: 4, gapMs: 4 }

/** A variant, whatever it is called. */
const alone = (job) => one(job)

export async function large({ plan, server, path }, say) {
  const job = { who: 'ours', origin: server.http, warmUpMs: plan.warmUpMs, measureMs: plan.measureMs }
  const [full, empty] = [join(path, 'full.sqlite'), join(path, 'empty.sqlite')]
  for (const file of [full, empty]) await one({ ...job, file, inFlight: 1, warmUpMs: 0, measureMs: 100 })
  const bytes = await seed(full, plan.rows)
  say(`${plan.rows} rows, ${(bytes / plan.rows).toFixed(0)} bytes each`)
  const busy = { ...job, inFlight: 64 }
  // The disk still has to do with what filled it.
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
