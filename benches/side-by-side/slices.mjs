// Measures variants of one short operation in slices (loops of about 10 ms). The variants take turns, so that anything
// that slows the machine down slows all of them.
import { median } from './numbers.mjs'

const SLICE_MS = 10

/**
 * Creates a separate loop for each variant. In a shared loop, the JavaScript engine would optimise the call for all
 * variants together.
 */
function loop(variant) {
  const make = variant.async
    ? 'return async (n, at) => { let sum = 0; for (let i = 0; i < n; i++) sum += (await call(at + i)).length; return sum }'
    : 'return (n, at) => { let sum = 0; for (let i = 0; i < n; i++) sum += call(at + i).length; return sum }'
  return new Function('call', make)(variant.call)
}

/** Resolves to the nanoseconds per call of each variant in each round: `{ [name]: [ns, ...] }`. */
export async function slices(variants, rounds) {
  const runs = []
  let at = 1_700_000_000_000
  for (const variant of variants) {
    const run = loop(variant)
    // Calls the variant until the engine has optimised it, and finds the number of calls that fills a slice.
    let calls = 16
    const most = variant.most ?? Number.POSITIVE_INFINITY
    for (let took = 0; took < SLICE_MS && calls <= most; calls *= took < SLICE_MS / 4 ? 4 : 2) {
      variant.before?.()
      const started = performance.now()
      await run(calls, at)
      took = performance.now() - started
      at += calls
    }
    runs.push({ ...variant, run, calls: Math.min(calls / 2, most), ns: [] })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, calls, ns, before, async } of runs) {
      before?.()
      const started = performance.now()
      if (async) await run(calls, at)
      else run(calls, at)
      ns.push(((performance.now() - started) * 1e6) / calls)
      at += calls
    }
  }
  return Object.fromEntries(runs.map(({ name, ns }) => [name, ns]))
}

/** Returns how many times as fast as `base` each variant is: the median of the ratios within a round. */
export function against(results, base) {
  return Object.fromEntries(
    Object.entries(results).map(([name, ns]) => [name, median(ns.map((value, round) => results[base][round] / value))]),
  )
}
