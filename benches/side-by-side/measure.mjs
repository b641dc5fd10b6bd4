// Sections of `npm run bench`. Each function returns plain data or resolves to it.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { at } from '../../scripts/paths.mjs'
import { middle, ratio, rounds } from './calls.mjs'
import { loads } from './load.mjs'
import { median } from './numbers.mjs'
import { OURS } from './plan.mjs'
import { startServer } from './server.mjs'

const FIGURES = ['callsPerSecond', 'p50Ms', 'p99Ms', 'cpuSecondsPer100k', 'mainUsPerCall', 'rssMb']

/** Resolves to `{ sign: { [name]: { ns, times } }, headers, chromium }`: medians over the processes. */
export async function measureSign({ signProcesses, signRounds }, say) {
  const { inChromium } = await import('./browser.mjs')
  const runs = []
  for (let process = 0; process < signProcesses; process++) runs.push(await signProcess(signRounds))
  const over = (table) =>
    Object.fromEntries(
      Object.entries(runs[0][table]).map(([name, figures]) => [
        name,
        Object.fromEntries(Object.keys(figures).map((key) => [key, median(runs.map((run) => run[table][name][key]))])),
      ]),
    )
  const result = { sign: over('sign'), headers: over('headers'), chromium: await inChromium(signRounds) }
  for (const [name, { ns, times }] of Object.entries(result.sign))
    say(`sign, ${name}: ${ns.toFixed(0)} ns, x${times.toFixed(2)}`)
  return result
}

async function signProcess(count) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    at('benches', 'side-by-side', 'sign.mjs'),
    String(count),
  ])
  return JSON.parse(stdout)
}

/**
 * Resolves to `{ [part]: { [client]: { rounds, failed, firstError, <figure>: median, times: { <figure>: ratio } } } }`.
 * A ratio is our figure divided by the client's figure: the median over the rounds in which both ran.
 */
export async function measureCalls({ parts, warmUpMs, measureMs }, say) {
  const server = await startServer()
  const folder = mkdtempSync(join(tmpdir(), 'eko-eps-bench-'))
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, server.ca)
  const summaries = {}
  try {
    for (const { key, inFlight, clients, rounds: count, tls, calls } of parts) {
      const where = tls ? { origin: server.https, ca: server.ca, caFile } : { origin: server.http }
      const job = { ...where, inFlight, ...(calls ? { calls } : { warmUpMs, measureMs }) }
      const results = await rounds(clients, count, job, (client, round, { callsPerSecond, failed, firstError }) => {
        const trouble = failed > 0 ? `, ${failed} failed: ${firstError}` : ''
        say(`${key} in flight, round ${round + 1}, ${client}: ${callsPerSecond.toFixed(0)} calls/s${trouble}`)
      })
      // If several parts have the same key, a client keeps the summary of the first part in which it ran. For our
      // client, this is the part with the most rounds. Each ratio compares two clients of the same part.
      summaries[key] = { ...summary(results), ...summaries[key] }
    }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
  return summaries
}

function summary(results) {
  return Object.fromEntries(
    Object.entries(results).map(([client, runs]) => {
      const medians = Object.fromEntries(FIGURES.map((figure) => [figure, middle(runs, figure)]))
      const times = Object.fromEntries(FIGURES.map((figure) => [figure, ratio(results[OURS], runs, figure)]))
      const failed = runs.reduce((all, run) => all + run.failed, 0)
      const firstError = runs.find((run) => run.firstError)?.firstError
      return [client, { rounds: runs.length, failed, firstError, ...medians, times }]
    }),
  )
}

/**
 * Resolves to `{ [name]: { requireMs, createMs, totalMs, rssMb, times } }`. `times` is the total time divided by our
 * client's total time.
 */
export async function measureLoad({ loads: count }, say) {
  const results = await loads(count)
  return Object.fromEntries(
    Object.entries(results).map(([name, runs]) => {
      const row = Object.fromEntries(
        ['requireMs', 'createMs', 'totalMs', 'rssMb'].map((key) => [key, median(runs.map((run) => run[key]))]),
      )
      row.times = median(runs.map(({ totalMs }, round) => totalMs / results[OURS][round].totalMs))
      say(`load, ${name}: ${row.totalMs.toFixed(1)} ms, x${row.times.toFixed(1)}`)
      return [name, row]
    }),
  )
}

/** Returns the median time of each benchmark of criterion (the benchmarks in Rust), in nanoseconds. */
export function criterion() {
  const names = ['sign', 'headers', 'prepare', 'interpret', 'prepare-and-interpret']
  return Object.fromEntries(
    names.map((name) => {
      const file = at('target', 'criterion', name, 'new', 'estimates.json')
      return [name, JSON.parse(readFileSync(file, 'utf8')).median.point_estimate]
    }),
  )
}
