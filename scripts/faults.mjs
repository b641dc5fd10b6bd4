// The fault laboratory, through what is not the crate's own transport.
import { run } from './run.mjs'

/** The crate's features in its tests. */
export const TESTED_FEATURES = 'sandbox,journal-sqlite,reqwest'

/** The laboratory of the Rust tests, with the built package or reqwest as what it drives: each cell of the matrix is a test. */
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
