// Runs jobs (measurements of one way to make debits), each in its own process, and summarises their results.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { at } from '../../../scripts/paths.mjs'
import { median } from '../numbers.mjs'

/** Type that `statfs` returns for tmpfs, a file system in memory that is lost when the machine restarts. */
const TMPFS = 0x01021994
const PATIENCE_MS = 120_000

/** Creates a folder for journals in the checkout, because the temporary folder may be in memory. */
export function folder() {
  const made = mkdtempSync(join(at('target'), 'bench-journal-'))
  if (statfsSync(made).type === TMPFS) throw new Error('the checkout is on tmpfs: a journal there costs nothing')
  return { path: made, remove: () => rmSync(made, { recursive: true, force: true }) }
}

function start(job, script = 'job.mjs') {
  const env = { ...process.env, NODE_ENV: 'production' }
  for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
    delete env[name]
  const child = spawn(process.execPath, [at('benches', 'side-by-side', 'journal', script), JSON.stringify(job)], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  const lines = []
  let told = () => {}
  const ready = new Promise((resolve) => {
    told = resolve
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    told()
  })
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(patience)
      told()
      if (code === 0) resolve(JSON.parse(lines.at(-1)))
      else reject(new Error(`${job.who} ended with ${code}: ${lines.at(-1) ?? ''}`))
    })
  })
  return { ready, ended, go: () => child.stdin.end('go\n') }
}

/** Runs one job and resolves to its result. */
export function one(job, script) {
  const { ended, go } = start(job, script)
  go()
  return ended
}

/**
 * Runs the same job in several processes over one journal at the same time. The result has the sum of the rates and the
 * worst p99.
 */
export async function several(job, processes) {
  const all = Array.from({ length: processes }, () => start({ ...job, waits: true }))
  for (const { ended } of all) ended.catch(() => {})
  await Promise.all(all.map(({ ready }) => ready))
  for (const { go } of all) go()
  const results = await Promise.all(all.map(({ ended }) => ended))
  const sum = (figure) => results.reduce((whole, result) => whole + result[figure], 0)
  const mean = (figure) => sum(figure) / processes
  return {
    perSecond: sum('perSecond'),
    p50Ms: mean('p50Ms'),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
    cpuUs: mean('cpuUs'),
    mainUs: mean('mainUs'),
    failed: sum('failed'),
    firstError: results.find(({ firstError }) => firstError)?.firstError,
  }
}

const FIGURES = ['perSecond', 'p50Ms', 'p99Ms', 'cpuUs', 'mainUs', 'rssMb']

/**
 * Runs each variant once in each round; every second round goes backwards. Resolves to `{ [name]: { <figure>: median,
 * times: { [other]: { <figure>: ratio } }, failed, firstError, besides } }`. A ratio is this variant's figure divided
 * by the other's figure in the same round: the median over the rounds.
 */
export async function rounds(variants, count, run, say) {
  const runs = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  for (let round = 0; round < count; round++) {
    const names = Object.keys(variants)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const result = await run(variants[name], name)
      runs[name].push(result)
      const trouble = result.failed > 0 ? `, ${result.failed} failed: ${result.firstError}` : ''
      say(
        `${name}: ${result.perSecond.toFixed(0)}/s, p50 ${result.p50Ms.toFixed(2)}, p99 ${result.p99Ms.toFixed(1)} ms${trouble}`,
      )
    }
  }
  return Object.fromEntries(Object.entries(runs).map(([name, all]) => [name, summary(all, runs)]))
}

function summary(all, runs) {
  const times = Object.fromEntries(
    Object.entries(runs).map(([other, theirs]) => [
      other,
      Object.fromEntries(
        FIGURES.map((figure) => [figure, median(all.map((run, round) => run[figure] / theirs[round][figure]))]),
      ),
    ]),
  )
  return {
    ...Object.fromEntries(FIGURES.map((figure) => [figure, median(all.map((run) => run[figure]))])),
    times,
    failed: all.reduce((sum, run) => sum + run.failed, 0),
    firstError: all.find((run) => run.firstError)?.firstError,
    besides: all[0].besides,
  }
}
