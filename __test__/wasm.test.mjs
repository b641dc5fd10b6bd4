// Tests of the wasm signer's limits: what it may contain, how large it may be, and when it warns.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isProxy } from 'node:util/types'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { Signer } from 'eko-eps/signer'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = (name) => readFileSync(new URL(`../dist/signer/${name}`, import.meta.url))
const gzip = (name) => gzipSync(built(name), { level: 9 }).length
const wasm = built('signer_bg.wasm')

test('the module has no imports and exports three functions', () => {
  const module = new WebAssembly.Module(wasm)
  assert.deepEqual(WebAssembly.Module.imports(module), [])
  const given = WebAssembly.Module.exports(module).map(({ name, kind }) => `${name}: ${kind}`)
  assert.deepEqual(given.sort(), ['key: function', 'memory: memory', 'room: function', 'sign: function'])
})

test('nothing of a client is in its dependencies', () => {
  const args = [
    'tree',
    '--target',
    'wasm32-unknown-unknown',
    '--no-default-features',
    '--prefix',
    'none',
    '--edges',
    'normal',
  ]
  for (const features of [[], ['--features', 'wasm']]) {
    const tree = execFileSync('cargo', [...args, ...features], { cwd: root, encoding: 'utf8' })
    assert.match(tree, /^sha2 /m)
    for (const crate of ['tokio', 'reqwest', 'serde', 'serde_json', 'napi', 'hyper', 'rustls', 'url', 'toml'])
      assert.doesNotMatch(tree, new RegExp(`^${crate} `, 'm'))
  }
})

test('the module contains no paths, panic texts or build traces', () => {
  const text = wasm.toString('latin1')
  for (const trace of ['.rs', 'panic', 'slice index', '/src/', 'cargo', root, homedir()])
    assert.ok(!text.includes(trace), trace)
})

test('it holds to its weight', () => {
  const module = gzip('signer_bg.wasm')
  assert.ok(module <= 2800, `signer_bg.wasm: ${module} bytes gzip`)
  for (const entry of ['workerd.mjs', 'edge-light.mjs']) {
    const whole = module + gzip(entry)
    assert.ok(whole <= 5000, `${entry} with its module: ${whole} bytes gzip`)
  }
  for (const entry of ['inline.mjs', 'signer.cjs'])
    assert.ok(gzip(entry) <= (entry === 'signer.cjs' ? 6600 : 6350), `${entry}: ${gzip(entry)} bytes gzip`)
})

/** Runs the CommonJS entry as a script in another realm (set of globals) that looks like a page. */
function realm(globals) {
  const warnings = []
  const exported = { exports: {} }
  const context = createContext({
    module: exported,
    console: { warn: (text) => warnings.push(text) },
    ...{ WebAssembly, Uint8Array, TextEncoder, atob },
    ...globals,
  })
  runInContext(built('signer.cjs').toString(), context)
  return { Signer: exported.exports.Signer, warnings, context }
}

test('warns once in a page, not if silenced or outside a page', () => {
  for (const page of [{ document: {} }, { importScripts() {} }]) {
    const { Signer, warnings } = realm(page)
    new Signer({ accessKey: 'k', silenceBrowserWarning: true })
    assert.deepEqual(warnings, [])
    new Signer({ accessKey: 'k' })
    new Signer({ accessKey: 'k' })
    assert.equal(warnings.length, 1)
    assert.match(warnings[0], /visitors can read the access key.*silenceBrowserWarning/)
  }
  for (const globals of [{}, { document: {}, process: { versions: { node: '20.0.0' } } }]) {
    const { Signer, warnings } = realm(globals)
    new Signer({ accessKey: 'k' })
    assert.deepEqual(warnings, [])
  }
})

test('copies in one realm share the timestamps of a key', async () => {
  const copies = [Signer, (await import(`../dist/signer/inline.mjs?copy`)).Signer]
  const signers = copies.map((Copy) => new Copy({ accessKey: 'shared', developerKey: 'shared-by-copies' }))
  const stamps = Array.from({ length: 400 }, (_, i) => signers[i % 2].headers()['secret-key-timestamp'])
  assert.equal(new Set(stamps).size, 400)
  assert.deepEqual([...stamps].sort(), stamps)
})

test('timestamps increase if the clock stops, fail if it is unset', () => {
  const { Signer, context } = realm({})
  const headers = (now) => {
    runInContext(`Date.now = () => ${now}`, context)
    return new Signer({ accessKey: 'clock' }).headers()['secret-key-timestamp']
  }
  assert.deepEqual(
    [5, 5, 3, 9].map((ms) => headers(1.7e12 + ms) - 1.7e12),
    [5, 6, 7, 9],
  )
  assert.throws(() => headers(1.7e12 - 60_000), { code: 'timestamp_exhausted', name: 'EkoRateLimitError' })
  assert.throws(() => headers(0), { code: 'invalid_config', message: /Date.now\(\) is 0/ })
})

test('headers refuse structuredClone but pass to HTTP clients', () => {
  const headers = new Signer({ accessKey: 'k', developerKey: 'd' }).headers()
  assert.ok(isProxy(headers))
  assert.throws(() => structuredClone(headers), { name: 'DataCloneError' })
  assert.equal(Object.getPrototypeOf(Object.getPrototypeOf(headers)), null)
  assert.equal(new Headers(headers).get('secret-key'), headers['secret-key'])
  assert.equal(new Request('http://127.0.0.1/', { headers }).headers.get('developer_key'), 'd')
  assert.deepEqual(JSON.parse(JSON.stringify({ headers })).headers, {
    developer_key: '[hidden]',
    'secret-key': '[hidden]',
    'secret-key-timestamp': headers['secret-key-timestamp'],
  })
})

test('signs the longest values, refuses longer or sparse ones', () => {
  const signer = new Signer({ accessKey: '🔑'.repeat(6144) })
  const longest = signer.requestHash(1.7e12, ['🔑'.repeat(3000), '🔑'.repeat(3144)])
  assert.match(longest, /^[A-Za-z0-9+/]{43}=$/)
  assert.equal(signer.requestHash(1.7e12, ['🔑'.repeat(6144)]), longest)
  assert.equal(signer.requestHash(1.7e12, []), signer.sign(1.7e12))
  for (const values of [['x'.repeat(6145)], ['x'.repeat(6144), 'y'], new Array(2), ['\ud83d', '\udd11']])
    assert.throws(() => signer.requestHash(1.7e12, values), { code: 'invalid_params' })
  assert.throws(() => new Signer({ accessKey: 'x'.repeat(6145) }), { code: 'invalid_config' })
})

test('random keys, timestamps and values agree with node:crypto', () => {
  const alphabets = ['abcdefghij0123456789-', 'äöü€漢字🔑', '!#$%~+/=']
  for (let round = 0; round < 1000; round++) {
    const letters = [...alphabets[round % alphabets.length]]
    const accessKey = Array.from({ length: randomInt(1, 200) }, () => letters[randomInt(letters.length)]).join('')
    const timestamp = randomInt(1e12, 1e12 + 2 ** 43)
    const values = Array.from({ length: randomInt(0, 4) }, () => randomBytes(randomInt(0, 60)).toString('base64'))
    const signer = new Signer({ accessKey })
    const expected = (message) =>
      createHmac('sha256', Buffer.from(accessKey).toString('base64')).update(message).digest('base64')
    assert.equal(signer.sign(timestamp), expected(String(timestamp)))
    assert.equal(signer.requestHash(timestamp, values), expected([timestamp, ...values].join('')))
  }
})
