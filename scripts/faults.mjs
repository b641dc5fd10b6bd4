// Runs the fault tests of tests/faults through the built npm package, or through reqwest instead of the crate's own
// transport.
import { run } from './run.mjs'

/** Features of the crate that its tests need. */
export const TESTED_FEATURES = 'sandbox,journal-sqlite,reqwest'

/**
 * Runs the fault tests through `name` (Node or reqwest). They form a matrix of faults and kinds of calls, and each cell
 * of the matrix counts as one test.
 */
export async function faultsThrough(name) {
  const args = ['test', '--features', TESTED_FEATURES, '--test', 'faults']
  const output = await run('cargo', args, {
    label: `fault matrix through ${name}`,
    env: { EKO_FAULTS: name.toLowerCase() },
  })
  return {
    passed: Number(new RegExp(`^(\\d+) cells through ${name}$`, 'm').exec(output)?.[1] ?? 0),
    failed: 0,
    skipped: 0,
  }
}
