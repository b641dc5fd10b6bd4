// Measures many idle clients in one process over one journal: their memory and CPU time, and whether the inquiry about
// a due debit is made on time.
import { join } from 'node:path'
import { one } from './run.mjs'

export async function many({ plan, server, path }, say) {
  const job = {
    origin: server.http,
    file: join(path, 'many.sqlite'),
    clients: plan.clients,
    measureMs: plan.measureMs * 4,
  }
  const told = await one(job, 'clients.mjs')
  const { cpuOfACore, kbEach, lateMs } = told
  say(
    `${plan.clients} clients: ${(cpuOfACore * 100).toFixed(1)} % of a core at rest, ${kbEach.toFixed(0)} kB each, due after ${lateMs.toFixed(0)} ms`,
  )
  return told
}
