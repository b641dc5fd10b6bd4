// Tests of `eko-eps doctor signature`: its output, its exit code, and that it never shows the key.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'))
const [golden] = vectors.secretKey
const raw = vectors.mistakes.find(({ mistake }) => /raw/.test(mistake))
let folder

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'eko-eps-doctor-'))
})
after(() => rmSync(folder, { recursive: true }))

/** Runs the command with this standard input. The variables with the caller's own keys are removed. */
function doctor(args, { input = '', env = {} } = {}) {
  const { EKO_ACCESS_KEY: _, EKO_DEVELOPER_KEY: __, ...rest } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, 'doctor', ...args], { env: { ...rest, ...env } })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      for (const { accessKey } of vectors.secretKey)
        assert.ok(!(stdout + stderr).includes(accessKey), 'a key is printed')
      resolve({ code, stdout, stderr })
    })
    child.stdin.on('error', () => {}) // it need not read
    child.stdin.end(input)
  })
}

const signature = ({ timestamp, secretKey }, ...more) => [
  ...['signature', '--timestamp', String(timestamp), '--secret-key', secretKey],
  ...more,
]

for (const [from, options] of Object.entries({
  'the environment': { env: { EKO_ACCESS_KEY: golden.accessKey } },
  'the standard input': { input: `${golden.accessKey}\n` },
  'the standard input, without a line break': { input: golden.accessKey },
})) {
  test(`with the key from ${from}: nothing is wrong`, async () => {
    const { code, stdout, stderr } = await doctor(signature(golden), options)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /^Nothing is wrong\.\n/)
    assert.ok(stdout.includes(golden.secretKey))
  })
}

test('diagnoses a raw access key that was read from a file', async () => {
  const file = join(folder, 'access-key')
  writeFileSync(file, `${raw.accessKey}\n`)
  const args = signature({ timestamp: raw.timestamp, secretKey: raw.wrong }, '--access-key-file', file)
  const { code, stdout } = await doctor(args)
  assert.equal(code, 1)
  assert.match(
    stdout,
    /^1 mistake found\.\n\naccess key: Access key used raw \(key_raw\)\n {2}.+\n {2}Fix: .+\n {2}Rule: .+\n/,
  )
  assert.ok(stdout.includes(golden.secretKey))
})

test('every recorded mistake, as JSON', async () => {
  for (const { mistake, accessKey, timestamp, wrong } of vectors.mistakes) {
    const hash = /request_hash/.test(mistake)
    const parts = hash ? ['151627591', '50', '20810200'].flatMap((part) => ['--part', part]) : []
    const args = ['signature', '--timestamp', String(timestamp), hash ? '--request-hash' : '--secret-key', wrong]
    const { code, stdout } = await doctor([...args, ...parts, '--json'], { env: { EKO_ACCESS_KEY: accessKey } })
    assert.equal(code, 1, mistake)
    const { ok, findings, expected } = JSON.parse(stdout)
    assert.deepEqual({ ok, count: findings.length }, { ok: false, count: 1 })
    assert.match(expected.secretKey, /=$/)
  }
})

test('age, reuse, values from a file and the developer key', async () => {
  const { accessKey, timestamp, values, requestHash } = vectors.requestHash[0]
  const file = join(folder, 'values')
  writeFileSync(file, `${values.join('\n')}\n`)
  const args = ['signature', '--timestamp', String(timestamp), '--request-hash', requestHash, '--parts-file', file]
  const env = { EKO_ACCESS_KEY: accessKey }
  assert.equal((await doctor(args, { env })).code, 0)
  const codes = async (...more) => {
    const { stdout } = await doctor([...args, ...more, '--json'], { env })
    return JSON.parse(stdout).findings.map((finding) => finding.code)
  }
  assert.deepEqual(await codes('--sent', 'now'), ['timestamp_stale'])
  assert.deepEqual(await codes('--sent', String(timestamp + 60_000)), [])
  assert.deepEqual(await codes('--sent', new Date(timestamp - 180_000).toISOString()), ['timestamp_future'])
  assert.deepEqual(await codes('--used', '1', '--used', String(timestamp)), ['timestamp_reused'])
  const swapped = { EKO_ACCESS_KEY: 'some-other-access-key', EKO_DEVELOPER_KEY: golden.accessKey }
  const { stdout } = await doctor([...signature(golden), '--json'], { env: swapped })
  assert.deepEqual(
    JSON.parse(stdout).findings.map((finding) => finding.code),
    ['key_developer'],
  )
})

test('a mistake on the command line ends with 2, and says which', async () => {
  const env = { EKO_ACCESS_KEY: golden.accessKey }
  for (const [args, message, options = { env }] of [
    [[], /the command must be/],
    [['patient'], /the command must be/],
    [['signature', 'x'], /the command must be/],
    [['signature'], /--timestamp is missing/],
    [['signature', '--access-key', 'k'], /--access-key/],
    [['signature', '--timestamp', '1', '--request-hash', 'x'], /--request-hash also needs/],
    [['signature', '--timestamp', '1', '--sent', 'soon'], /--sent must be/],
    [['signature', '--timestamp', '1', '--access-key-file', join(folder, 'nowhere')], /cannot be read/],
    [['signature', '--timestamp', '1'], /access key is empty/, {}],
  ]) {
    const { code, stdout, stderr } = await doctor(args, options)
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '))
    assert.match(stderr, message)
    assert.match(stderr, /^eko-eps: .+\n$/)
  }
})

test('help explains where the key is read', async () => {
  const { code, stdout } = await doctor(['--help'])
  assert.equal(code, 0)
  assert.match(stdout, /EKO_ACCESS_KEY.*Exit code: 0/s)
})

// `script` runs a program in a terminal; every Linux has it.
if (process.platform === 'linux') {
  test('on a terminal it asks for the key, and does not show it', async () => {
    const { EKO_ACCESS_KEY: _, ...env } = process.env
    const words = [process.execPath, cli, 'doctor', ...signature(golden)].map((word) => `'${word}'`)
    const child = spawn('script', ['-qec', words.join(' '), '/dev/null'], { env })
    let shown = ''
    child.stdout.on('data', (chunk) => {
      if (!shown.includes('(not shown)') && `${shown}${chunk}`.includes('(not shown)'))
        child.stdin.write(`${golden.accessKey}\r`)
      shown += chunk
    })
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
    assert.equal(code, 0, shown)
    assert.match(shown, /^Access key \(not shown\): \r\n.*Nothing is wrong\./s)
    assert.ok(!shown.includes(golden.accessKey), 'the key is shown')
  })
}
