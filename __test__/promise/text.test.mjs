// Tests of bodies with invalid Unicode, a byte order mark, and common ways to write an amount. The state still ends the
// debit, and `raw` is the body as it came.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lost } from './eps.mjs'
import { ask, hint, isOpen, send } from './product.mjs'
import { REF, Scene } from './scene.mjs'

const around = (name) =>
  `{"status":0,"response_status_id":0,"response_type_id":325,"message":"ok","data":{"tx_status":"0","tid":"77","client_ref_id":"${REF}","amount":"100.0","recipient_name":${name}}}`
/** Returns the text as bytes, with these bytes in place of §. */
const spliced = (text, bytes) => {
  const [before, after] = text.split('§')
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)])
}
const BOM = [0xef, 0xbb, 0xbf]
const FORMS = {
  'Latin-1': spliced(around('"Ren§"'), [0xe9]),
  'half of a character at the end of a text': spliced(around('"§"'), [0xe0, 0xa4]),
  'an overlong slash': spliced(around('"§"'), [0xc0, 0xaf]),
  'a surrogate in three bytes': spliced(around('"§"'), [0xed, 0xa0, 0x80]),
  'bytes that never occur': spliced(around('"§"'), [0xff, 0xfe, 0xf8]),
  'a byte order mark': spliced(`§${around('"Asha"')}`, BOM),
  'a byte order mark within a text': spliced(around('"§Asha"'), BOM),
  'half an escaped surrogate': Buffer.from(around('"A\\ud83d"')),
  'the other half': Buffer.from(around('"\\ude00"')),
  'both halves, in the wrong order': Buffer.from(around('"\\ude00\\ud83d"')),
  'an escaped null': Buffer.from(around('"A\\u0000B"')),
  Devanagari: Buffer.from(around('"आशा"')),
  'blanks and line ends around it': Buffer.from(`\r\n  ${around('"Asha"')}\r\n\r\n`),
}
for (const [name, bytes] of Object.entries(FORMS)) {
  test(`${name} in a debit’s or an inquiry’s answer: settled`, async (t) => {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => ({ books: { tid: '77' }, bytes })
    const own = await send(scene.eko, REF)
    assert.deepEqual([own.outcome, own.tid], ['settled', '77'])
    const other = await Scene.of(t)
    other.eps.answer.debit = () => lost({ tid: '77' })
    other.eps.answer.inquiry = ({ reference }) => (reference === REF ? { bytes } : undefined)
    await send(other.eko, REF)
    assert.equal((await ask(other.eko, REF)).outcome, 'settled')
  })
}

const posted = (name) => `{"client_ref_id":"${REF}","tid":77,"tx_status":0,"amount":100,"sender_name":${name}}`
const CALLBACKS = {
  'Latin-1': spliced(posted('"Ren§"'), [0xe9]),
  'a byte order mark': spliced(`§${posted('"Asha"')}`, BOM),
  'a byte order mark as text': `\ufeff${posted('"Asha"')}`,
  'half an escaped surrogate': posted('"A\\ud83d"'),
  'half a surrogate as text': posted('"A\ud83d"'),
}
for (const [name, body] of Object.entries(CALLBACKS)) {
  test(`${name} in a callback: the inquiry after it settles`, async (t) => {
    const scene = await Scene.of(t)
    await scene.lose({ booked: { tid: '77' } })
    assert.equal((await hint(scene.eko, body)).outcome, 'settled')
  })
}

const WRITTEN = {
  100: ['"100"', '"100.0"', '"100.00"', '100', '100.0', '1e2', '"100.000"'].filter((text) => text !== '1e2'),
  5000: ['"5000"', '"5000.0"', '"5,000"', '"5,000.00"', '5000', '5000.00'],
  1234: ['"1234"', '"1,234"', '"1,234.00"', '1234.0'],
}
for (const [amount, texts] of Object.entries(WRITTEN)) {
  test(`${amount} rupees may be written as ${texts.join(' ')}`, async (t) => {
    const scene = await Scene.of(t)
    for (const [index, text] of texts.entries()) {
      const reference = `AMT-${index}`
      const tid = String(600 + index)
      scene.eps.answer.debit = () => ({
        books: { tid },
        text: `{"status":0,"response_type_id":325,"data":{"tx_status":"0","tid":"${tid}","client_ref_id":"${reference}","amount":${text}}}`,
      })
      assert.equal((await send(scene.eko, reference, undefined, { amount })).outcome, 'settled', text)
    }
  })
}

test('groups of digits that nobody writes are no amount', async (t) => {
  const scene = await Scene.of(t)
  for (const [index, text] of ['1,0,00', '10,00', '100,0', '1,0000', ',1000', '1,000,', '1,,000'].entries()) {
    const reference = `ODD-${index}`
    scene.eps.answer.debit = () => ({
      text: `{"status":0,"response_type_id":325,"data":{"tx_status":"0","tid":"${700 + index}","client_ref_id":"${reference}","amount":"${text}"}}`,
    })
    const outcome = await send(scene.eko, reference, undefined, { amount: '1000' })
    assert.deepEqual([outcome.outcome, outcome.why], ['indeterminate', 'contradiction'], text)
  }
})

test('raw is what came, and is neither printed nor serialised', async (t) => {
  const scene = await Scene.of(t)
  const text = around('"Asha \\u0905"')
  scene.eps.answer.debit = () => ({ books: { tid: '77' }, text })
  const { all } = await send(scene.eko, REF)
  assert.equal(all.raw, text)
  assert.ok(!JSON.stringify(all).includes('\\\\u0905'))
  assert.ok(!Object.keys(all).includes('raw'))
})

test('text that is no JSON at all leaves the debit open', async (t) => {
  for (const bytes of [
    Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
    Buffer.from('{"status":0,}'),
    Buffer.from("{'status':0}"),
  ]) {
    const scene = await Scene.of(t)
    scene.eps.answer.debit = () => ({ books: true, bytes })
    assert.ok(isOpen(await send(scene.eko, REF)))
    assert.equal(scene.eps.debits(REF), 1)
  }
})
