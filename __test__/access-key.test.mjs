// Tests of access keys as files, environments and editors deliver them: every signer refuses the same keys with the
// same message.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { EkoClient, Signer as Native } from 'eko-eps'
import { diagnose } from 'eko-eps/doctor'
import { Signer as Portable } from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'

// `tests/sign.rs` tests this table too.
const { refused, accepted } = JSON.parse(readFileSync(new URL('./access-keys.json', import.meta.url), 'utf8'))
const KEY = 'd2fe1d99-canary-46f3'
const OTHERS = { developerKey: 'd', initiatorId: '9962981729', userCode: '1', environment: 'uat' }
const NOW = 1_700_000_000_000
const folder = mkdtempSync(join(tmpdir(), 'eko-eps-keys-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(content) {
  const path = join(folder, 'key')
  writeFileSync(path, content)
  return path
}

const fromKey = (accessKey) => new EkoClient({ ...OTHERS, accessKey })
const fromFile = (content) => new EkoClient({ ...OTHERS, accessKeyFile: fileOf(content) })

/** Every way to give a key as text; each signs the time NOW with it. */
const WAYS = {
  Signer: (accessKey) => new Native({ accessKey }).sign(NOW),
  'Signer of eko-eps/signer': (accessKey) => new Portable({ accessKey }).sign(NOW),
  WebCryptoSigner: (accessKey) => new WebCryptoSigner({ accessKey }).sign(NOW),
  EkoClient: fromKey,
}

function right(accessKey, timestamp) {
  return createHmac('sha256', Buffer.from(accessKey).toString('base64')).update(`${timestamp}`).digest('base64')
}

function refusal(work) {
  return (message, way) =>
    assert.throws(work, (error) => {
      assert.deepEqual([error.code, error.message], ['invalid_config', message], way)
      for (const text of [error.message, JSON.stringify(error), error.stack]) assert.ok(!text.includes('canary'), way)
      return true
    })
}

async function signsRight(client, accessKey) {
  const { headers } = client.prepare('dmt.getSender', { customerId: '9444444444' })
  assert.equal(headers['secret-key'], right(accessKey, headers['secret-key-timestamp']))
  await client.close()
}

const FILE_RULE = 'it must hold the access key as EPS issued it, and after it at most one line break'

for (const { name, key, has } of refused) {
  test(`refused by every signer: ${name}`, () => {
    for (const [way, make] of Object.entries(WAYS))
      refusal(() => make(key))(`accessKey has ${has}: give it as EPS issued it`, way)
    // An editor ends a file with one line break of its own, so this file has one more.
    refusal(() => fromFile(`${key}\r\n`))(`accessKeyFile has ${has}: ${FILE_RULE}`)
  })
}

for (const key of accepted) {
  test(`signed with by every signer: ${JSON.stringify(key)}`, async () => {
    for (const way of ['Signer', 'Signer of eko-eps/signer', 'WebCryptoSigner'])
      assert.equal(await WAYS[way](key), right(key, NOW), way)
    await signsRight(fromKey(key), key)
    for (const end of ['', '\n', '\r\n']) await signsRight(fromFile(key + end), key)
  })
}

test('of a key file one line break is dropped, and no more', () => {
  for (const end of ['\n\n', '\r\n\r\n', '\n\r\n', '\r\r\n', '\r', '\n\r'])
    refusal(() => fromFile(KEY + end))(`accessKeyFile has a line break at its end: ${FILE_RULE}`, JSON.stringify(end))
  for (const content of ['', '\n', '\r\n'])
    refusal(() => fromFile(content))('accessKeyFile is empty: it must hold the access key that EPS issued')
})

test('a key file in UTF-16 is refused with its cause', () => {
  const utf16 = Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le')
  const message = 'accessKeyFile is not UTF-8 text, perhaps UTF-16 as PowerShell writes it: save it as UTF-8'
  refusal(() => fromFile(utf16))(message)
})

test('refuses the same key characters in JavaScript and in Rust', () => {
  const never =
    /[\p{White_Space}\p{Cc}"'`´«»‘-‟‹›\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u
  const isRefused = (make, text) => {
    try {
      make(text)
      return false
    } catch (error) {
      return error.message
    }
  }
  let good = ''
  let count = 0
  for (let code = 0; code <= 0xffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue
    const char = String.fromCharCode(code)
    const message = isRefused((accessKey) => new Native({ accessKey }), `k${char}k`)
    assert.equal(message !== false, never.test(char), `U+${code.toString(16)}`)
    if (message === false) good += char
    else {
      count += 1
      const has = message.replace(/^accessKey (has .*):.*$/, '$1')
      refusal(() => fromFile(`k${char}k`))(`accessKeyFile ${has}: ${FILE_RULE}`, `U+${code.toString(16)}`)
    }
  }
  assert.ok(count > 100)
  // All that is left, in keys of the greatest length: a character that is refused would be named.
  for (let at = 0; at < good.length; at += 6_144) void fromFile(good.slice(at, at + 6_144)).close()
})

test('every signer refuses a developer key in quotation marks', () => {
  for (const quote of ['"', "'", '`']) {
    const developerKey = `${quote}canary${quote}`
    for (const Signer of [Native, Portable, WebCryptoSigner])
      refusal(() => new Signer({ accessKey: 'k', developerKey }))(
        'developerKey must be text, 1 to 6144 characters of visible ASCII without spaces or quotes: give it as EPS issued it',
      )
    refusal(() => new EkoClient({ ...OTHERS, accessKey: 'k', developerKey }))(
      'developerKey contains a blank, a line break, a quotation mark or a character outside ASCII: copy only the key that EPS issued',
    )
  }
})

test('the signature doctor diagnoses every malformed access key', () => {
  for (const { name, key, has } of refused) {
    const secretKey = right(key, NOW)
    const { expected, findings } = diagnose({ accessKey: key, timestamp: NOW, secretKey, now: NOW })
    const codes = findings.map(({ code }) => code).join()
    const clean = key.includes(KEY) && !has.endsWith('inside')
    if (clean) assert.equal(expected.secretKey, right(KEY, NOW), name)
    assert.match(codes, clean ? /^key_(whitespace|quoted)$/ : /^access_key_(invalid|empty)$/, name)
  }
})
