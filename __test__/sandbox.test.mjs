// Tests of the sandbox from JavaScript and from the command line.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'
import { node } from './support/child.mjs'

const CUSTOMER = '9444444444'
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
let sandbox
let client

before(async () => {
  sandbox = await Sandbox.start()
  client = new EkoClient(sandbox.credentials)
})
after(async () => {
  await client.close()
  await sandbox.close()
})

test('a client accepts the sandbox credentials', () => {
  assert.match(sandbox.baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/ekoapi\/v3$/)
  assert.ok(new EkoClient({ ...sandbox.credentials, baseUrl: sandbox.baseUrl }))
})

test('a customer is onboarded, receives an OTP and is verified', async () => {
  assert.equal((await client.getCustomer({ customerId: CUSTOMER })).outcome, 'notEnrolled')
  assert.equal(sandbox.lastOtp(CUSTOMER), undefined)
  const onboarded = await client.onboardCustomer({
    customerId: CUSTOMER,
    name: 'Karan Garg',
    dob: '1990-05-15',
    residenceAddress: ['123 MG Road', 'Bangalore', 'Karnataka', '560001'],
  })
  assert.equal(onboarded.outcome, 'otpRequired')
  const otp = sandbox.lastOtp(CUSTOMER)
  assert.match(otp, /^\d+$/)
  const verified = await client.verifyCustomerOtp({ customerId: CUSTOMER, otp, otpRefId: onboarded.otpRefId })
  assert.equal(verified.outcome, 'verified')
})

test('the types name each scenario of each endpoint', () => {
  const source = readFileSync(new URL('../js/sandbox/scenario-names.ts', import.meta.url), 'utf8')
  const names = (text) => [...text.matchAll(/'(\w+)'/g)].map(([, name]) => name)
  const [, common, own] = /CommonScenario =(.*)interface EndpointScenarios \{(.*)\n\}/s.exec(source)
  const endpoints = own.split(/^ {2}(?=['\w])/m).slice(1)
  const ops = endpoints.map((text) => /^'?([\w.]+)'?:/.exec(text)[1])
  const calls = readFileSync(new URL('../js/generated/calls.ts', import.meta.url), 'utf8')
  const all = [...calls.matchAll(/^ {2}'?([\w.]+)'?: \{ params/gm)].map(([, op]) => op)
  const simulated = all.filter((op) => sandbox.scenarios(op).length > names(common).length)
  assert.deepEqual([...ops].sort(), simulated.sort())
  for (const [index, op] of ops.entries()) {
    const typed = [...names(endpoints[index].slice(endpoints[index].indexOf(':'))), ...names(common)].sort()
    assert.deepEqual(
      typed,
      sandbox
        .scenarios(op)
        .map(({ name }) => name)
        .sort(),
      op,
    )
  }
})

test('the hooks: scripts, states, clock, requests', async () => {
  sandbox.script('getCustomer', 'notEnrolled')
  assert.equal((await client.getCustomer({ customerId: CUSTOMER })).outcome, 'notEnrolled')

  sandbox.script('dmt.getSender', { body: { httpStatus: 200, body: { status: 463, message: 'none' } }, lateMs: 1 })
  assert.equal((await client.dmt.getSender({ customerId: CUSTOMER })).outcome, 'notEnrolled')
  sandbox.script('dmt.getSender', { hang: true, times: 3 })
  sandbox.clearScripts('dmt.getSender')
  assert.equal((await client.dmt.getSender({ customerId: CUSTOMER })).outcome, 'found')

  for (const state of [1, 2, 3, 4, 5, 8]) {
    sandbox.setCustomer('9555555555', state)
    const result = await client.legacy.getCustomer({ customerId: '9555555555' })
    assert.equal(result.customer.state, state)
  }
  sandbox.setSenderShape('profile')
  assert.equal((await client.dmt.getSender({ customerId: CUSTOMER })).outcome, 'found')

  const before = sandbox.now()
  sandbox.advance(60_000)
  assert.ok(sandbox.now() - before >= 60_000)

  const seen = sandbox.requests().at(-1)
  assert.equal(seen.op, 'dmt.getSender')
  assert.ok(!JSON.stringify(sandbox.requests()).includes(CUSTOMER))
})

test('what the hooks refuse', async () => {
  assert.throws(() => sandbox.script('getCustomer', 'nonsense'), { code: 'invalid_params' })
  assert.throws(() => sandbox.script('getCustomr', 'found'), /did you mean "getCustomer"/)
  assert.throws(() => sandbox.setCustomer('123', 'verified'), /10 digits/)
  assert.throws(() => sandbox.setCustomer(CUSTOMER, 7), { code: 'invalid_params' })
  await assert.rejects(Sandbox.start({ prt: 1 }), /did you mean port/)
  for (const port of [-1, 1.5, 65_536, '80']) await assert.rejects(Sandbox.start({ port }), { code: 'invalid_config' })
})

test('a port that is taken is named', async () => {
  const other = createServer()
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address()
  await assert.rejects(Sandbox.start({ port }), { code: 'invalid_config', message: new RegExp(`port ${port}`) })
  await new Promise((resolve) => other.close(resolve))
})

test('a closed sandbox says so, and gives its port back', async () => {
  const one = await Sandbox.start()
  const port = Number(new URL(one.baseUrl).port)
  await one.close()
  await one.close()
  assert.throws(() => one.requests(), { code: 'closed' })
  const two = await Sandbox.start({ port })
  assert.equal(Number(new URL(two.baseUrl).port), port)
  await two.close()
})

test('a running sandbox does not keep a process alive', async () => {
  const program = "require('eko-eps/sandbox').Sandbox.start().then(() => process.stdout.write('started'))"
  const { code, stdout, late } = await node(['-e', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    limit: 20_000,
  })
  assert.deepEqual({ code, stdout, late }, { code: 0, stdout: 'started', late: false })
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`eko-eps sandbox --json ends cleanly on ${signal}`, async () => {
    const child = spawn(process.execPath, [cli, 'sandbox', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise((resolve) => child.stdout.once('data', resolve))
    const own = new EkoClient(JSON.parse(String(line)))
    assert.equal((await own.getCustomer({ customerId: CUSTOMER })).outcome, 'notEnrolled')
    await own.close()
    const ended = new Promise((resolve) => child.once('close', (code, by) => resolve({ code, by })))
    child.kill(signal)
    assert.deepEqual(await ended, { code: 0, by: null })
  })
}

test('eko-eps sandbox on a port that is taken says so, and ends', async () => {
  const { port } = new URL(sandbox.baseUrl)
  const { code, stderr, late } = await node([cli, 'sandbox', '--port', port], { limit: 20_000 })
  assert.deepEqual({ code, late }, { code: 1, late: false })
  assert.match(stderr, new RegExp(`^eko-eps: the sandbox cannot listen on port ${port} of 127\\.0\\.0\\.1: .+\n$`))
})

test('eko-eps help, version, and what it does not know', async () => {
  const help = await node([cli])
  assert.equal(help.code, 0)
  for (const name of ['sandbox', 'doctor', 'journal', 'help', 'version'])
    assert.match(help.stdout, new RegExp(`^  eko-eps ${name} .+`, 'm'))
  assert.match((await node([cli, 'sandbox', '--help'])).stdout, /--port N/)
  assert.match((await node([cli, '--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  for (const args of [
    ['dance'],
    ['sandbox', '--prt', '1'],
    ['sandbox', '--port', 'x'],
    ['sandbox', 'me'],
    ['help', 'me'],
  ]) {
    const { code, stderr, stdout } = await node([cli, ...args])
    assert.equal(code, 2, args.join(' '))
    assert.match(stderr, /^eko-eps: .+\n$/)
    assert.equal(stdout, '')
  }
})
