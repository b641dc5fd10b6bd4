// Runs these tests: each file in a process of its own, a few at a time, none longer than a minute and a half.
// Usage: node __test__/promise/run.mjs [words]; only files whose names contain one of the words. EKO_DIST is a folder
// with another build.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const wanted = process.argv.slice(2)
const files = readdirSync(here)
  .filter((name) => name.endsWith('.test.mjs'))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .sort()
const options = ['--test', '--test-concurrency=8', '--test-timeout=90000', '--test-reporter=spec']
const child = spawn(process.execPath, [...options, ...files], { cwd: here, stdio: 'inherit' })
child.on('close', (code) => {
  process.exitCode = files.length > 0 && code === 0 ? 0 : 1
})
