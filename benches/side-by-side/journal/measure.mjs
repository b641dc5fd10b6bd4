// Measures the speed of our journal and of journals that are written by hand, in rounds.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startServer } from '../server.mjs'
import { large } from './large.mjs'
import { many } from './many.mjs'
import { PARTS } from './plan.mjs'
import { folder, one, rounds, several } from './run.mjs'

/** Number of connections in a pool to PostgreSQL. Our journal and the hand-written one use the same number. */
const CONNECTIONS = 20
let files = 0

/**
 * Calls `run` with the path of a new journal, and then removes the journal. Each run thus finds the cache of the disk
 * in the same state.
 */
async function withFile(path, run) {
  const file = join(path, `${files++}.sqlite`)
  try {
    return await run(file)
  } finally {
    for (const side of ['', '-wal', '-shm', '-mark']) rmSync(file + side, { force: true })
  }
}

async function part({ who, reads, processes, ...of }, { plan, server, path, database, before }, say) {
  const prefix = of.wait ? `/wait-${of.wait}` : ''
  const job = { ...of, origin: server[of.over ?? 'http'], prefix, warmUpMs: plan.warmUpMs, measureMs: plan.measureMs }
  if (of.over) job.ca = server.ca
  if (of.postgres) Object.assign(job, { database, connections: CONNECTIONS })
  const variants = Object.fromEntries(who.map((name) => [name, { ...job, who: name }]))
  if (before) variants.before = { ...job, who: 'before', checkout: before }
  if (reads) variants.read = { ...job, who: 'ours', read: true }
  const run = (variant) =>
    withFile(path, (file) => (processes ? several({ ...variant, file }, processes) : one({ ...variant, file })))
  return rounds(variants, plan.rounds, run, say)
}

/**
 * Resolves to `{ [key of the part]: summaries }`. `only` lists the first words of the keys that are wanted. `before` is
 * the folder of another checkout, which is measured too.
 */
export async function measureJournal(plan, say, { only = [], before } = {}) {
  const wanted = (key) =>
    only.length === 0 || only.some((word) => key === word || key.startsWith(`${word},`) || key.startsWith(`${word} `))
  const parts = PARTS.filter(({ key }) => wanted(key))
  const { path, remove } = folder()
  const server = await startServer()
  let postgres
  const data = {}
  try {
    if (parts.some((part) => part.postgres)) {
      const { start } = await import('../../../__test__/postgres/server/server.mjs')
      postgres = await start()
    }
    const with_ = { plan, server, path, database: postgres?.connection, before }
    for (const { key, ...of } of parts) data[key] = await part(of, with_, (line) => say(`${key}, ${line}`))
    if (wanted('large')) data.large = await large(with_, (line) => say(`large, ${line}`))
    if (wanted('many')) data.many = await many(with_, (line) => say(`many, ${line}`))
  } finally {
    await postgres?.stop()
    await server.stop()
    remove()
  }
  return data
}
