// Starts the two processes of a soak (the bank and the client), and reads the journal from a third one.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { at } from '../../../scripts/paths.mjs'

const here = (name) => at('benches', 'side-by-side', 'soak', name)

/** Starts the bank, which imitates EPS. Resolves to `{ origin, tell, report, stop }`. */
export async function startBank(plan) {
  const child = fork(here('bank.mjs'), [JSON.stringify(plan)])
  const [{ port }] = await once(child, 'message')
  const tell = (message) => child.send(message)
  const report = async () => {
    const told = once(child, 'message')
    tell({ do: 'report' })
    return (await told)[0]
  }
  return { origin: `http://127.0.0.1:${port}`, tell, report, stop: () => child.disconnect() }
}

/**
 * Starts a client that makes debits, and calls `heard` with each line that it prints. Resolves when the client has
 * ended.
 */
export async function load(job, heard) {
  const env = { ...process.env, NODE_ENV: 'production' }
  for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
    delete env[name]
  const child = spawn(process.execPath, [here('load.mjs'), JSON.stringify(job)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const patience = setTimeout(() => child.kill('SIGKILL'), job.loadMs + job.drainMs + 120_000)
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => heard(JSON.parse(line), child))
  const [[code]] = await Promise.all([once(child, 'close'), once(lines, 'close')])
  clearTimeout(patience)
  if (code !== 0) throw new Error(`the client under load ended with ${code}`)
}

/**
 * Measures how long this disk takes to sync a page while other programs write to it. `worst()` returns the longest sync
 * since its last call, in milliseconds.
 */
export async function disk(path) {
  const file = await open(join(path, 'page'), 'w')
  const page = Buffer.alloc(4096)
  let [worst, begun, stop] = [0, performance.now(), false]
  const syncing = (async () => {
    while (!stop) {
      begun = performance.now()
      await file.write(page, 0, page.length, 0)
      await file.datasync()
      worst = Math.max(worst, performance.now() - begun)
      begun = Number.POSITIVE_INFINITY
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await file.close()
  })()
  return {
    worst: () => {
      // A sync that is still running counts as well.
      const told = Math.max(worst, performance.now() - begun)
      worst = 0
      return told
    },
    stop: () => {
      stop = true
      return syncing
    },
  }
}

/** Opens the journal of a running client, to read it. */
export async function watch(file) {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(file, { readonly: true, fileMustExist: true })
  const open = database.prepare("SELECT count(*) AS n FROM rows WHERE unresolved AND kind = 'debit'")
  const late = database.prepare(
    'SELECT count(*) AS n FROM rows WHERE account = ? AND due_ms IS NOT NULL AND due_ms <= ?',
  )
  const rows = database.prepare("SELECT entry FROM rows WHERE kind = 'debit'")
  const { account } = database.prepare("SELECT account FROM rows WHERE kind = 'debit' LIMIT 1").get()
  return {
    /** Returns the number of debits that are open, or that have ended and are not acknowledged. */
    open: () => open.get().n,
    /** Returns the number of debits whose next inquiry has been due for at least `agoMs` milliseconds. */
    late: (agoMs) => late.get(account, Date.now() - agoMs).n,
    *entries() {
      for (const { entry } of rows.iterate()) yield JSON.parse(entry)
    },
    close: () => database.close(),
  }
}
