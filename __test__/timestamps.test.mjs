// Tests of processes of one machine with one developer key: no timestamp is used twice, even if one of them is killed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEYS } from './support/server.mjs'
import { bank, EACH, harmed, MS, PROCESSES, start } from './support/stamp-bank.mjs'

test('processes sign no timestamp twice, one killed in a burst', async (t) => {
  const eps = await bank(t)
  const all = Array.from({ length: PROCESSES - 1 }, () => start({ baseUrl: eps.baseUrl }))
  // The timestamps of this process are half a minute ahead of the clock, and it is killed without a chance to record
  // it.
  const burst = start({ baseUrl: eps.baseUrl, burst: 30_000, ms: 60_000 })
  const [line] = await once(burst.child.stdout, 'data')
  assert.ok(JSON.parse(line).lead > 25_000, String(line))
  await new Promise((resolve) => setTimeout(resolve, MS / 4))
  burst.child.kill('SIGKILL')
  all.push(start({ baseUrl: eps.baseUrl, ms: MS / 2 }))
  const ends = await Promise.all(all.map(({ ended }) => ended))
  assert.deepEqual([...new Set(ends.map(({ code }) => code))], [0])
  assert.equal((await burst.ended).signal, 'SIGKILL')
  t.diagnostic(`${eps.requests} requests, ${eps.again} timestamps again, ${eps.lead} ms ahead at most`)
  assert.deepEqual({ again: eps.again, harmed: harmed(ends) }, { again: 0, harmed: [] })
  assert.ok(eps.requests > (PROCESSES * EACH * MS) / 1000 / 2, `${eps.requests} requests`)
  assert.ok(eps.lead > 25_000 && eps.lead < 60_000, 'all of them go on where the burst has ended')
})

test('machines with separate lanes never repeat a timestamp', async (t) => {
  const eps = await bank(t)
  const folders = [0, 1, 2].map(() => mkdtempSync(join(tmpdir(), 'eko-machine-')))
  t.after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  // The third machine has one lane, which is far too little for its requests. Its timestamps run ahead of the clock,
  // and it still sends.
  const lanes = [
    { index: 0, of: 2 },
    { index: 1, of: 4 },
    { index: 31, of: 32 },
  ]
  const all = folders.flatMap((stampFolder, at) =>
    [1, 2].map(() => start({ baseUrl: eps.baseUrl, stampFolder, lane: lanes[at], ms: MS / 2 })),
  )
  const ends = await Promise.all(all.map(({ ended }) => ended))
  assert.deepEqual({ again: eps.again, harmed: harmed(ends) }, { again: 0, harmed: [] })
  const remainders = new Set([...eps.seen].map((stamp) => stamp % 32))
  assert.equal(remainders.size, 16 + 8 + 1)
})

test('removing the stamp file never repeats a timestamp', async (t) => {
  const eps = await bank(t)
  const stampFolder = mkdtempSync(join(tmpdir(), 'eko-removed-'))
  t.after(() => rmSync(stampFolder, { recursive: true, force: true }))
  const all = [1, 2, 3].map(() => start({ baseUrl: eps.baseUrl, stampFolder, each: 20, ms: MS }))
  for (let count = 0; count < 3; count++) {
    await new Promise((resolve) => setTimeout(resolve, MS / 4))
    for (const file of readdirSync(stampFolder)) unlinkSync(join(stampFolder, file))
  }
  const ends = await Promise.all(all.map(({ ended }) => ended))
  assert.deepEqual({ again: eps.again, harmed: harmed(ends) }, { again: 0, harmed: [] })
})

test('resolves a relative stamp folder once, ignores an empty name', async (t) => {
  const here = mkdtempSync(join(tmpdir(), 'eko-here-'))
  t.after(() => rmSync(here, { recursive: true, force: true }))
  for (const name of ['stamps', 'elsewhere', 'elsewhere/stamps']) mkdirSync(join(here, name))
  const program = `
    const { EkoClient } = require(${JSON.stringify(createRequire(import.meta.url).resolve('eko-eps'))})
    const options = ${JSON.stringify({ ...KEYS, environment: 'uat', journal: { off: 'a-debit-may-leave-twice' } })}
    const [named, set] = [new EkoClient({ ...options, stampFolder: 'stamps' }), new EkoClient({ ...options, developerKey: 'another' })]
    const sign = () => [named, set].forEach((eko) => eko.prepare('getCustomer', { customerId: '9444444444' }))
    sign()
    process.chdir('elsewhere')
    setTimeout(sign, 1_100)`
  const env = { ...process.env, EKO_STAMP_FOLDER: '' }
  const child = spawn(process.execPath, ['-e', program], { cwd: here, env, stdio: 'inherit' })
  assert.deepEqual(await once(child, 'close'), [0, null])
  const files = readdirSync(here, { recursive: true }).filter((name) => name.includes('eko-eps'))
  assert.equal(files.length, 1, String(files))
  assert.match(files[0], /^stamps/)
})
