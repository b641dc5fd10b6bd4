// Runs test files with Node's test runner, in a process of their own.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

/** Limit of one test file in milliseconds: ten minutes, or what a long measurement sets. */
const LIMIT = process.env.EKO_TEST_TIMEOUT_MS ?? '600000'

/**
 * Arguments for Node to run these files. A file that takes longer than the limit fails by name: without a limit, a server
 * that a failed test leaves open keeps its file running for good, and nothing is told.
 */
export function testArguments(files) {
  return ['--test', `--test-timeout=${LIMIT}`, '--test-reporter=spec', ...files]
}

/** Runs these files by the test runner of Node, and ends with its exit code. */
export function runTests(files) {
  process.exitCode =
    spawnSync(process.execPath, testArguments(files), { cwd: dirname(files[0]), stdio: 'inherit' }).status ?? 1
}
