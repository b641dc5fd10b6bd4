// The main thread and four workers use the module at once. The workers end, and then the process must end by itself.
import { isMainThread, Worker } from 'node:worker_threads'
import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

async function call() {
  const sandbox = await Sandbox.start()
  const { outcome } = await new EkoClient(sandbox.credentials).getCustomer({ customerId: '9444444444' })
  console.log(outcome)
}

if (isMainThread) {
  const workers = Array.from({ length: 4 }, () => new Worker(new URL(import.meta.url)))
  const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)))
  await call()
  console.log('ended', ...(await Promise.all(ended)))
} else await call()
