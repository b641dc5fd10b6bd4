// Tests of the list in docs/evidence/security.md that belong to no other test file.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as everything from 'eko-eps'
import * as signing from 'eko-eps/signer'
import { node } from './support/child.mjs'
import { customerOf, KEYS, otpRequired, serve } from './support/server.mjs'

const { EkoClient, EkoError, Signer } = everything
const WasmSigner = signing.Signer
const root = fileURLToPath(new URL('..', import.meta.url))
const CUSTOMER = '9444444444'
let server
let client

before(async () => {
  server = await serve((request) => otpRequired(customerOf(request)))
  client = new EkoClient({ ...KEYS, baseUrl: server.baseUrl })
})
after(async () => {
  await client.close()
  await server.close()
})

/** Starts a server that records the bytes of each connection and answers each request. */
async function tap(context) {
  const sockets = []
  const listener = net.createServer((socket) => {
    const seen = { text: '', socket }
    sockets.push(seen)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      seen.text += chunk.toString('latin1')
      const body = JSON.stringify(otpRequired(CUSTOMER))
      if (seen.text.endsWith('\r\n\r\n') || /\r\n\r\n\{.*\}$/.test(seen.text))
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        )
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  context.after(() => {
    for (const { socket } of sockets) socket.destroy()
    listener.close()
  })
  return { sockets, baseUrl: `http://127.0.0.1:${listener.address().port}/ekoapi/v3` }
}

const heads = (text) =>
  text.split(/(?=^(?:GET|POST|PUT) )/m).map((request) => request.split('\r\n\r\n')[0].split('\r\n'))
const names = ([, ...lines]) => lines.map((line) => line.slice(0, line.indexOf(':')))

/** Characters that a developer key may contain: visible ASCII without quotation marks. */
const VISIBLE = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + index)).replace(/["'`]/g, '')

test('refuses invalid developer key characters, repeats no key', () => {
  let taken = ''
  for (let unit = 0; unit <= 0xffff; unit++) {
    const character = String.fromCharCode(unit)
    const developerKey = `canary${character}key`
    const makers = [
      () => new EkoClient({ ...KEYS, developerKey, environment: 'uat' }),
      () => new Signer({ accessKey: 'a', developerKey }),
      () => new WasmSigner({ accessKey: 'a', developerKey }),
    ]
    // A client takes longer to create than a signer, so it is tried with every 16th code unit from 0x200 on.
    for (const make of unit < 0x200 || unit % 16 === 0 ? makers : makers.slice(1)) {
      let error
      try {
        make()
        taken += character
      } catch (refusal) {
        error = refusal
        assert.equal(error.code, 'invalid_config', `U+${unit.toString(16)}`)
        assert.match(error.message, /developerKey/)
        assert.ok(!error.message.includes('canary'), error.message)
      }
    }
  }
  assert.equal(taken, [...VISIBLE].map((character) => character.repeat(3)).join(''))
})

test('sends the developer key in one header and adds no others', async (context) => {
  const { sockets, baseUrl } = await tap(context)
  const own = new EkoClient({ ...KEYS, developerKey: VISIBLE, baseUrl })
  await own.getCustomer({ customerId: CUSTOMER })
  await own.close()
  const [head] = heads(sockets[0].text)
  assert.ok(head.includes(`developer_key: ${VISIBLE}`), head.join('\n'))
  assert.deepEqual(names(head).sort(), [
    'accept',
    'accept-encoding',
    'content-type',
    'developer_key',
    'host',
    'secret-key',
    'secret-key-timestamp',
  ])
})

test('only the documented headers travel, with a body and without', async (context) => {
  const { sockets, baseUrl } = await tap(context)
  const own = new EkoClient({ ...KEYS, baseUrl })
  await own.getCustomer({ customerId: CUSTOMER })
  await own.verifyCustomerOtp({ customerId: CUSTOMER, otp: '123456', otpRefId: 'x' }).catch(() => {}) // refused: all one here
  await own.close()
  const [get, post] = sockets.flatMap(({ text }) => heads(text))
  const plain = ['accept', 'accept-encoding', 'content-type', 'host']
  const documented = [...plain, 'developer_key', 'secret-key', 'secret-key-timestamp'].sort()
  assert.deepEqual(names(get).sort(), documented)
  assert.deepEqual(names(post).sort(), [...documented, 'content-length'].sort())
  for (const head of [get, post]) assert.ok(head.includes('accept-encoding: identity'), head.join('\n'))
})

/** Ids that would leave their place in the path, and none that an id of EPS's could be. */
const ODD = [
  '..',
  '.',
  '../v1/x',
  '..\\x',
  'a/b',
  'a\\b',
  'a?b=c',
  'a#b',
  '%2e%2e',
  '%252e%252e',
  '%2f',
  '%252f',
  'a%00',
  'a\0b',
  'a\r\nb',
  'a\tb',
  'a\u0085b',
  '',
  ' ',
  'x'.repeat(129),
]
const PATHS = [
  ['getTransaction', (tid) => ({ tid })],
  ['getTransaction', (clientRefId) => ({ clientRefId })],
  ['getCustomer', (customerId) => ({ customerId })],
  ['dmt.getRecipients', (customerId) => ({ customerId })],
]
for (const [op, params] of PATHS) {
  const name = Object.keys(params(''))[0]
  test(`${op} refuses a ${name} that would change the path`, () => {
    for (const odd of ODD) {
      assert.throws(
        () => client.prepare(op, params(odd)),
        (error) => error.code === 'invalid_params' && /must|contains|is empty|has /.test(error.invalidParams[name]),
        JSON.stringify(odd),
      )
    }
  })
}

test('encodes path parameters and leaves the rest of the URL alone', () => {
  const target = (op, params) => new URL(client.prepare(op, params).url)
  const { origin } = new URL(server.baseUrl)
  for (const tid of ['1', '...', 'a.b', "a!'()*b", 'a b', 'é', '\u{1f511}', 'a:b@c;d=e&f+g,h$i', 'x'.repeat(40)]) {
    const url = target('getTransaction', { tid })
    assert.equal(url.origin, origin)
    assert.equal(url.pathname, `/ekoapi/v3/tools/reference/transaction/${strict(tid)}`)
    assert.equal(url.searchParams.get('initiator_id'), KEYS.initiatorId)
  }
  const url = target('getTransaction', { clientRefId: 'A-1_b' })
  assert.equal(url.pathname, '/ekoapi/v3/tools/reference/transaction/client_ref_id:A-1_b')
})

/** All but RFC 3986's unreserved characters. */
function strict(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

test('no variable of the environment sends the requests elsewhere', async () => {
  const program = `
    import { EkoClient } from 'eko-eps'
    const eko = new EkoClient({ developerKey: 'd', accessKey: 'a', initiatorId: '9962981729', userCode: '1', environment: 'uat' })
    process.stdout.write(eko.prepare('getCustomer', { customerId: '${CUSTOMER}' }).url)`
  const elsewhere = 'http://127.0.0.1:9/elsewhere'
  const words = ['BASE_URL', 'URL', 'HOST', 'ENDPOINT', 'API_BASE', 'ENVIRONMENT', 'ENV', 'LEGACY_BASE_URL']
  const env = Object.fromEntries(
    ['EKO', 'EPS', 'EKO_EPS'].flatMap((first) => words.map((word) => [`${first}_${word}`, elsewhere])),
  )
  const { stdout, stderr } = await node(['--input-type=module', '--eval', program], {
    env: { ...env, BASE_URL: elsewhere },
  })
  assert.equal(stderr, '')
  assert.match(stdout, /^https:\/\/staging\.eko\.in\/ekoapi\/v3\//)
})

/** Returns the paths of the sources in a folder that contain this text. */
function having(text, folder, pattern) {
  const files = readdirSync(`${root}${folder}`, { recursive: true }).filter((name) => pattern.test(name))
  assert.ok(files.length > 20, 'there are sources')
  return files.filter((name) => readFileSync(`${root}${folder}/${name}`, 'utf8').includes(text)).sort()
}

test('reads the environment only in the reviewed source files', () => {
  // The command line reads only the variable that its user names. The library reads none.
  assert.deepEqual(having('process.env', 'js', /\.m?ts$/), ['cli/cli-doctor.ts'])
  const tests = ['client/simulation/', 'client/unkind/', 'money/model/']
  const rust = (text) => having(text, 'src', /\.rs$/).filter((name) => !tests.some((own) => name.startsWith(own)))
  assert.deepEqual(rust('env::var'), ['clock/place.rs', 'transport/tls.rs'])
  assert.deepEqual(
    rust('from_env').map((name) => name.split('/')[0]),
    ['transport'],
  )
})

test('refuses plain http for every host except loopback', () => {
  const hosts = [
    'relay.example',
    '127.0.0.1.example',
    'localhost.example',
    'notlocalhost',
    '0.0.0.0',
    '10.0.0.1',
    '169.254.169.254',
    '[::ffff:10.0.0.1]',
    '[::2]',
    '128.0.0.1',
    '0x80000001',
    'localhost.',
  ]
  for (const host of hosts) {
    for (const option of ['baseUrl', 'legacyBaseUrl']) {
      const other = option === 'baseUrl' ? {} : { environment: 'uat' }
      const make = () => new EkoClient({ ...KEYS, ...other, [option]: `http://${host}/ekoapi/v3` })
      assert.throws(make, { code: 'invalid_config', message: new RegExp(`${option} must be https`) }, host)
    }
  }
  for (const scheme of ['ftp', 'ws', 'file', 'javascript', 'data'])
    assert.throws(
      () => new EkoClient({ ...KEYS, baseUrl: `${scheme}://127.0.0.1/v3` }),
      { code: 'invalid_config' },
      scheme,
    )
})

test('two tenants at one address share no key and no connection', async (context) => {
  const { sockets, baseUrl } = await tap(context)
  const tenants = ['tenant-one', 'tenant-two'].map(
    (developerKey) => new EkoClient({ ...KEYS, developerKey, accessKey: `access-of-${developerKey}`, baseUrl }),
  )
  for (let round = 0; round < 10; round++) {
    const calls = tenants.flatMap((tenant) => [1, 2, 3, 4].map(() => tenant.getCustomer({ customerId: CUSTOMER })))
    for (const result of await Promise.all(calls)) assert.equal(result.outcome, 'otpRequired')
  }
  await Promise.all(tenants.map((tenant) => tenant.close()))
  const of = sockets.map(({ text }) =>
    heads(text).map((head) => head.find((line) => line.startsWith('developer_key: '))),
  )
  assert.equal(of.flat().length, 80)
  assert.ok(
    of.some((keys) => keys.length > 1),
    'connections are kept',
  )
  for (const keys of of) assert.equal(new Set(keys).size, 1, keys.join(' '))
  // Each request is signed with the access key of its own developer key.
  for (const head of sockets.flatMap(({ text }) => heads(text))) {
    const value = (name) => head.find((line) => line.startsWith(`${name}: `)).slice(name.length + 2)
    const signer = new Signer({ accessKey: `access-of-${value('developer_key')}` })
    assert.equal(value('secret-key'), signer.sign(Number(value('secret-key-timestamp'))))
  }
})

test('signed headers never repeat a timestamp or a signature', async () => {
  const signer = new Signer({ accessKey: 'replay', developerKey: 'replay' })
  const made = Array.from({ length: 500 }, () => signer.headers())
  const prepared = Array.from({ length: 500 }, () => client.prepare('getCustomer', { customerId: CUSTOMER }).headers)
  const before = server.requests.length
  await Promise.all(Array.from({ length: 50 }, () => client.getCustomer({ customerId: CUSTOMER })))
  const sent = server.requests.slice(before).map(({ headers }) => headers)
  for (const headers of [made, [...prepared, ...sent]]) {
    assert.equal(new Set(headers.map((one) => one['secret-key-timestamp'])).size, headers.length)
    assert.equal(new Set(headers.map((one) => one['secret-key'])).size, headers.length)
  }
})

test('an answer cannot reach the prototype of what it becomes', () => {
  const body = `{"status":0,"response_type_id":-1,"__proto__":{"polluted":1},"data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},
    "prototype":{"polluted":1},"_Proto":1,"toString":"x","hasOwnProperty":"x","list":[{"__proto__":{"polluted":1}}]}}`
  const result = client.interpret('getCustomer', { status: 200, body })
  const seen = []
  const walk = (value) => {
    if (typeof value !== 'object' || value === null) return
    assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value)))
    for (const name of Object.keys(value)) {
      seen.push(name)
      walk(value[name])
    }
  }
  walk(result)
  assert.ok(seen.includes('polluted'), 'the data is there')
  for (const name of ['__proto__', 'constructor', 'prototype']) assert.ok(!seen.includes(name), name)
  assert.equal({}.polluted, undefined)
})

test('reports duplicate names and refuses deeply nested answers', () => {
  const get = (body) => client.interpret('getCustomer', { status: 200, body })
  const result = get('{"status":463,"response_status_id":463,"message":"a","message":"b","data":{"x":1,"x":1}}')
  assert.deepEqual([result.outcome, result.meta.message, result.meta.twice], ['notEnrolled', 'b', ['message']])
  assert.equal(get('{"status":463,"response_status_id":463,"message":"a"}').meta.twice, undefined)
  const nested = (levels) => `{"status":0,"data":{"x":${'['.repeat(levels)}1${']'.repeat(levels)}}}`
  assert.equal(get(nested(60)).outcome, 'other')
  for (const levels of [64, 1_000, 500_000])
    assert.throws(
      () => get(nested(levels)),
      (error) => error instanceof EkoError && error.code === 'body.not_json',
    )
})

test('parses amounts exactly and takes no invalid ones', () => {
  const amount = (json) => client.callbacks.parse(`{"tid":9223372036854775807,"amount":${json}}`).amount
  assert.equal(client.callbacks.parse('{"tid":9223372036854775807}').tid, '9223372036854775807')
  assert.equal(amount('2.22263731286E9'), '2222637312.86')
  for (let round = 0; round < 2_000; round++) {
    const digits = 1 + Math.floor(Math.random() * 17)
    const paise = BigInt(Array.from({ length: digits }, () => Math.floor(Math.random() * 10)).join(''))
    const [rupees, rest] = [paise / 100n, (paise % 100n).toString().padStart(2, '0')]
    const plain = `${rupees}.${rest}`
    const canonical = plain.replace(/\.?0+$/, '')
    const scientific = `${paise}E-2`
    for (const spelling of [plain, `"${plain}"`, `${plain}000`, scientific, `"${scientific}"`, `${paise * 10n}e-3`])
      assert.equal(amount(spelling), canonical, spelling)
  }
  for (const none of ['"NaN"', '"Infinity"', '"-Infinity"', '"1e"', '"0x10"', '""', 'null', 'true', '[1]'])
    assert.equal(amount(none), undefined, none)
  for (const broken of ['NaN', 'Infinity', '+1', '.5', '01'])
    assert.throws(() => amount(broken), { code: 'body.not_json' })
})

test('signatures are compared in constant time', () => {
  assert.deepEqual(having('ct_eq', 'src', /\.rs$/), ['sandbox/auth.rs'])
})

test('unsafe code is confined to bindings, lib.rs and clock/mapped', () => {
  const inside = having('unsafe', 'src', /\.rs$/).filter((name) => !name.startsWith('binding/'))
  assert.deepEqual(inside.sort(), ['clock/mapped.rs', 'lib.rs'])
  assert.match(readFileSync(`${root}src/lib.rs`, 'utf8'), /forbid\(unsafe_code\)/)
})

test('only the wasm profile aborts on panic, all others unwind', () => {
  const profiles = readFileSync(`${root}Cargo.toml`, 'utf8').split(/^(?=\[)/m)
  const aborting = profiles
    .filter((profile) => /^panic\s*=\s*"abort"/m.test(profile))
    .map((profile) => profile.split('\n')[0])
  assert.deepEqual(aborting, ['[profile.wasm]'])
})

test('nothing that encrypts is offered', () => {
  const offered = [...Object.keys(everything), ...Object.keys(signing), ...Object.getOwnPropertyNames(Signer.prototype)]
  assert.ok(offered.includes('EkoClient') && offered.includes('sign'))
  assert.deepEqual(
    offered.filter((name) => /crypt|cipher|aes|rsa|seal/i.test(name)),
    [],
  )
})
