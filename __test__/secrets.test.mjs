// Tests that no key, signature or OTP is shown by anything that prints or serialises.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { EkoClient, Signer } from 'eko-eps'
import { node } from './support/child.mjs'
import { serve } from './support/server.mjs'

const ACCESS = 'canary-access-key-9d2f'
const DEVELOPER = 'canary-developer-key-51aa'
const OTP = '73910425'
const options = { accessKey: ACCESS, developerKey: DEVELOPER, initiatorId: '9962981729', userCode: '20810200' }
let server
let client
let folder

before(async () => {
  // A server that repeats all that it got, as a careless server or a debugging proxy does.
  server = await serve((request, body) => ({
    status: 302,
    response_status_id: 302,
    message: `wrong OTP ${body} ${request.headers['secret-key']} ${request.headers.developer_key}`,
    invalid_params: { otp: `got ${body}` },
  }))
  client = new EkoClient({ ...options, baseUrl: server.baseUrl })
  folder = mkdtempSync(join(tmpdir(), 'eko-eps-secrets-'))
})
after(async () => {
  await client.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

function clone(value) {
  try {
    return structuredClone(value)
  } catch {
    return undefined // what cannot be cloned leaks nothing
  }
}

/** Returns a value in every way in which it can get into a log. */
function shown(value) {
  const views = [
    inspect(value),
    inspect(value, { showHidden: true, depth: Infinity }),
    inspect({ nested: [value] }, { depth: Infinity }),
    JSON.stringify(value) ?? '',
    JSON.stringify({ nested: [value] }),
    String(value),
  ]
  return views.join('\n')
}

function assertHidden(text, secrets) {
  for (const secret of secrets) {
    assert.ok(!text.includes(secret), `${secret.slice(0, 12)}... is shown:\n${text.slice(0, 2000)}`)
  }
}

test('the client and the signer', () => {
  const signer = new Signer({ accessKey: ACCESS, developerKey: DEVELOPER })
  for (const value of [client, signer, client.dmt, client.legacy]) {
    assertHidden(`${shown(value)}${inspect(clone(value), { showHidden: true })}`, [ACCESS, DEVELOPER])
    assert.deepEqual(Object.keys(value), [])
  }
})

test('signed headers are readable but not printed or serialised', () => {
  const headers = new Signer({ accessKey: ACCESS, developerKey: DEVELOPER }).headers()
  const secretKey = headers['secret-key']
  assert.equal(secretKey.length, 44)
  assert.equal({ ...headers }['secret-key'], secretKey)
  assert.equal(new Headers({ ...headers }).get('developer_key'), DEVELOPER)
  assert.equal(new Headers(headers).get('secret-key'), secretKey)
  assertHidden(shown(headers), [secretKey, DEVELOPER, ACCESS])
  assert.match(inspect(headers), /\[hidden\]/)
  assert.throws(() => structuredClone(headers), { name: 'DataCloneError' })
  assert.deepEqual(structuredClone({ ...headers }), { ...headers })
})

test('a prepared request: its headers and its body', () => {
  const prepared = client.prepare('verifyCustomerOtp', { customerId: '9444444444', otp: OTP, otpRefId: 'ref-1' })
  assert.ok(`${prepared.url}${prepared.body}`.includes(OTP), 'the OTP travels')
  assert.equal(prepared.headers.developer_key, DEVELOPER)
  const secrets = [prepared.headers['secret-key'], DEVELOPER, ACCESS, OTP]
  assertHidden(shown(prepared), [...secrets, '9444444444'])
  assertHidden(shown(prepared.headers), secrets)
  assertHidden(shown({ ...prepared }), secrets.slice(0, 3))
})

test('an error whose answer repeats the request', async () => {
  const call = client.verifyCustomerOtp({ customerId: '9444444444', otp: OTP, otpRefId: 'ref-1' })
  const error = await call.catch((reason) => reason)
  assert.equal(error.code, 'otp.wrong')
  const signature = server.requests.at(-1).headers['secret-key']
  assert.ok(server.requests.at(-1).body.includes(OTP))
  const secrets = [ACCESS, DEVELOPER, OTP, signature]
  assertHidden(`${shown(error)}${error.stack}${inspect(clone(error), { showHidden: true })}`, secrets)
  assert.ok(error.raw.includes('wrong OTP'), 'the raw body stays readable')
})

test('errors of the options repeat no key', () => {
  const bad = [
    { ...options, developerKey: `${DEVELOPER}\r\n`, environment: 'uat' },
    { ...options, accessKey: `${ACCESS}\0`, environment: 'uat' },
    { ...options, developerKey: `${DEVELOPER}ü`, environment: 'uat' },
    { ...options, accessKeyFile: ACCESS, environment: 'uat' },
    { ...options, baseUrl: `https://${ACCESS}:${DEVELOPER}@relay.example/v3` },
  ]
  for (const one of bad) {
    assert.throws(
      () => new EkoClient(one),
      (error) => {
        assertHidden(`${shown(error)}${error.stack}`, [ACCESS, DEVELOPER])
        return error.code === 'invalid_config'
      },
    )
  }
})

test('a result has its raw body but does not print it', async () => {
  const body = JSON.stringify({ status: 463, response_status_id: 463, message: 'unknown', note: OTP })
  const result = client.interpret('getCustomer', { status: 200, body })
  assert.equal(result.outcome, 'notEnrolled')
  assert.equal(result.raw, body)
  assertHidden(`${inspect(result, { showHidden: true })}${JSON.stringify(result)}${inspect(structuredClone(result))}`, [
    OTP,
  ])
})

test('an access key file signs like the same key given as text', () => {
  const accessKeyFile = join(folder, 'access-key')
  writeFileSync(accessKeyFile, `${ACCESS}\n`)
  const { accessKey, ...rest } = options
  const fromFile = new EkoClient({ ...rest, accessKeyFile, environment: 'uat' })
  const { headers } = fromFile.prepare('getCustomer', { customerId: '9444444444' })
  const expected = new Signer({ accessKey }).sign(Number(headers['secret-key-timestamp']))
  assert.equal(headers['secret-key'], expected)
  assertHidden(shown(fromFile), [ACCESS, DEVELOPER])
  assert.throws(() => new EkoClient({ ...rest, accessKeyFile: join(folder, 'none'), environment: 'uat' }), {
    code: 'invalid_config',
    message: /accessKeyFile cannot be read/,
  })
})

test('keeps an access key from a file out of the JavaScript heap', async () => {
  const accessKeyFile = join(folder, 'heap-key')
  writeFileSync(accessKeyFile, `${ACCESS}\n`)
  const program = fileURLToPath(new URL('./support/heap.mjs', import.meta.url))
  const holds = {}
  for (const how of ['file', 'text']) {
    const snapshot = join(folder, `${how}.heapsnapshot`)
    const { code, stderr } = await node([program, how, accessKeyFile, snapshot])
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    holds[how] = readFileSync(snapshot, 'utf8').includes(ACCESS)
  }
  assert.deepEqual(holds, { file: false, text: true })
})

test('prints no secret or personal data, even if EPS repeats it', async () => {
  const canaries = {
    accessKey: ACCESS,
    developerKey: DEVELOPER,
    otp: OTP,
    aadhaar: '912345678123',
    account: '55512345678901',
    mobile: '9876501234',
    person: 'Canary Personname',
    street: '77 Canary Street',
  }
  const program = fileURLToPath(new URL('./support/canaries.mjs', import.meta.url))
  const own = mkdtempSync(join(folder, 'canaries-'))
  const { code, stdout, stderr } = await node([program, own, JSON.stringify(canaries)])
  assert.equal(code, 0, stderr)
  const repeated = readFileSync(join(own, 'repeated'), 'utf8')
  const signatures = JSON.parse(readFileSync(join(own, 'signatures'), 'utf8'))
  assert.ok(Number(/things: (\d+)/.exec(stdout)[1]) >= 50 && signatures.length >= 20, 'everything was printed')
  for (const [name, canary] of Object.entries(canaries)) {
    if (name !== 'accessKey') assert.ok(repeated.includes(canary), `the server repeats ${name}`)
    for (const [stream, text] of Object.entries({ stdout, stderr })) {
      const at = text.indexOf(canary)
      assert.equal(at, -1, `${name} on ${stream}: ${text.slice(Math.max(0, at - 300), at + 60)}`)
    }
  }
  for (const signature of signatures)
    assert.ok(!stdout.includes(signature) && !stderr.includes(signature), 'a signature')
})
