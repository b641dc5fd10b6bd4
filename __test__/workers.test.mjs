// Tests of worker threads that come and go while the native module's thread stays.
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { node } from './support/child.mjs'
import { customerOf, otpRequired, serve } from './support/server.mjs'

const THREADS = 4
const HEADERS = 10_000
let server

before(async () => {
  server = await serve((request) => otpRequired(customerOf(request)))
})
after(() => server.close())

function start(workerData) {
  const worker = new Worker(new URL('./support/stamps.mjs', import.meta.url), { workerData })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

test('threads sign no timestamp twice for a key, all within 60 s', async () => {
  // Every thread signs with every key, so that they compete for timestamps.
  const keys = ['key-a', 'key-b', 'key-c', 'key-d']
  const results = await Promise.all(Array.from({ length: THREADS }, () => start({ keys, count: HEADERS })))
  for (const key of keys) {
    const stamps = results.flatMap((result) => result.stamps[key])
    assert.equal(stamps.length, (THREADS * HEADERS) / keys.length)
    assert.equal(new Set(stamps).size, stamps.length, `a timestamp of ${key} was used twice`)
  }
  const lead = Math.max(...results.map((result) => result.lead))
  assert.ok(lead < 60_000, `the furthest from the clock was ${lead} ms`)
})

test('500 workers start, call and end in every way without a crash', async () => {
  const program = fileURLToPath(new URL('./support/worker-loop.mjs', import.meta.url))
  const width = Math.max(2, availableParallelism())
  const { code, signal, stdout, stderr } = await node([program, server.baseUrl, '500', String(width)], {
    limit: 180_000,
  })
  assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: 'ended 500', stderr: '' })
})
