// Runs test files in a process of their own, once the packages that they need are there.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

/** Runs these files by the test runner of Node, and ends with its exit code. */
export function runTests(files) {
  const args = ['--test', '--test-reporter=spec', ...files]
  process.exitCode = spawnSync(process.execPath, args, { cwd: dirname(files[0]), stdio: 'inherit' }).status ?? 1
}
