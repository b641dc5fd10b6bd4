// Tests of the command line: its help, and its errors for wrong command lines.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)))

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('lists the commands, and prints the help of one', () => {
  const list = run()
  for (const args of [['help'], ['--help'], ['-h']]) assert.deepEqual(run(...args), list)
  for (const name of ['sandbox', 'doctor', 'journal']) {
    assert.ok(list.stdout.includes(`eko-eps ${name}`), list.stdout)
    const help = run(name, '--help')
    assert.equal(help.status, 0)
    for (const args of [
      ['help', name],
      ['--help', name],
    ])
      assert.deepEqual(run(...args), help)
  }
})

test('prints the version', () => {
  for (const name of ['version', '--version', '-v'])
    assert.deepEqual(run(name), { status: 0, stdout: `${version}\n`, stderr: '' })
})

const WRONG = {
  'an unknown command': [['sandbx'], /unknown command sandbx/],
  'an option before the command': [['--port', '4010', 'sandbox'], /--port comes before the command/],
  'an empty port': [['sandbox', '--port', ''], /--port must be a whole number/],
  'a port that is no number': [['sandbox', '--port', 'http'], /--port must be a whole number/],
  'a port that is too large': [['sandbox', '--port', '65536'], /--port must be a whole number/],
  'an argument of the version': [['version', 'x'], /takes no x/],
}
for (const [name, [args, message]] of Object.entries(WRONG)) {
  test(`refuses ${name}`, () => {
    const { status, stdout, stderr } = run(...args)
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, message)
    assert.ok(!stderr.includes('    at '), stderr)
  })
}
