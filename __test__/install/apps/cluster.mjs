// Two cluster workers serve HTTP on one port, each with a client of its own.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

if (cluster.isPrimary) {
  const sandbox = await Sandbox.start()
  const env = { CREDENTIALS: JSON.stringify(sandbox.credentials) }
  const workers = [cluster.fork(env), cluster.fork(env)]
  const [first] = await Promise.all(workers.map((worker) => once(worker, 'listening')))
  const answers = new Map()
  // The workers answer in turns, so both have answered after a few requests.
  for (let i = 0; i < 20 && answers.size < 2; i++) {
    const answer = await fetch(`http://127.0.0.1:${first[0].port}/`, { headers: { connection: 'close' } })
    const { pid, outcome } = await answer.json()
    answers.set(pid, outcome)
  }
  const ended = workers.map((worker) => once(worker, 'exit'))
  for (const worker of workers) worker.disconnect()
  const codes = (await Promise.all(ended)).map(([code]) => code)
  console.log(...answers.values(), 'ended', ...codes)
} else {
  const eko = new EkoClient(JSON.parse(process.env.CREDENTIALS))
  createServer(async (_, response) => {
    const { outcome } = await eko.getCustomer({ customerId: '9444444444' })
    response.end(JSON.stringify({ pid: process.pid, outcome }))
  }).listen(0, '127.0.0.1')
}
