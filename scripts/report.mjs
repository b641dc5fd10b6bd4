// Runs steps one after the other, and prints a table of them at the end.
import { seconds } from './run.mjs'

/** Checks and returns the counts of a step. Throws if a test has failed, was skipped or is missing. */
function check({ name, minimum, runtimes }, result) {
  if (minimum === undefined) return []
  const counts = Array.isArray(result) ? result : [result]
  for (const { name: which = name, passed, failed, skipped } of counts) {
    if (failed > 0) throw new Error(`${which}: ${failed} tests failed`)
    if (skipped > 0) throw new Error(`${which}: ${skipped} tests were skipped; none may be`)
    if (passed < minimum) throw new Error(`${which}: ${passed} tests ran, at least ${minimum} were expected`)
  }
  if (runtimes !== undefined && counts.length < runtimes) {
    throw new Error(
      `${name}: ${counts.length} runtimes ran (${counts.map((count) => count.name)}), ${runtimes} were expected`,
    )
  }
  return counts
}

function sum(counts) {
  return counts.reduce((all, { passed }) => all + passed, 0)
}

/**
 * Runs the steps whose names contain one of the words, or all steps if there are no words. The first step that fails
 * ends the run.
 */
export async function report(steps, words) {
  const wanted = words.map((word) => word.toLowerCase())
  const chosen = steps.filter(
    ({ name }) => wanted.length === 0 || wanted.some((word) => name.toLowerCase().includes(word)),
  )
  if (chosen.length === 0)
    throw new Error(`no step is called so; there are: ${steps.map(({ name }) => name).join(', ')}`)
  const rows = []
  const started = performance.now()
  let failure
  for (const [index, step] of chosen.entries()) {
    console.log(`[${index + 1}/${chosen.length}] ${step.name}`)
    const begun = performance.now()
    try {
      const counts = check(step, await step.run())
      const time = seconds(performance.now() - begun)
      console.log(`   ok, ${time}${counts.length > 0 ? `, ${sum(counts)} tests` : ''}`)
      if (counts.length < 2) rows.push([step.name, counts[0]?.passed, time])
      else rows.push([step.name, sum(counts), time], ...counts.map(({ name, passed }) => [`  ${name}`, passed, '']))
    } catch (error) {
      failure = error
      rows.push([step.name, 'FAILED', seconds(performance.now() - begun)])
      break
    }
  }
  if (failure) console.error(`\n${failure.message}`)
  const width = Math.max(...rows.map(([name]) => name.length))
  console.log(`\n${'step'.padEnd(width)}   tests   time`)
  for (const [name, count = '', time] of rows)
    console.log(`${name.padEnd(width)}  ${String(count).padStart(6)}   ${time}`)
  const passed = rows
    .filter(([name, count]) => typeof count === 'number' && !name.startsWith(' '))
    .reduce((all, [, count]) => all + count, 0)
  console.log(`\nin ${seconds(performance.now() - started)}`)
  console.log(`tests: ${passed} passed, ${failure ? 1 : 0} failed`)
  process.exitCode = failure ? 1 : 0
}
