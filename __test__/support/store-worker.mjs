// A thread whose store never answers. It reports when the store is called, and ends in the given way.
import { parentPort, workerData } from 'node:worker_threads'
import { EkoClient } from 'eko-eps'
import { MemoryStore } from './memory-store.mjs'
import { KEYS } from './server.mjs'

const { baseUrl, way } = workerData
const store = new MemoryStore()
store.before = () => {
  if (way === 'exits') process.exit(0)
  parentPort.postMessage('asked')
  return new Promise(() => {})
}
const eko = new EkoClient({ ...KEYS, baseUrl, journal: { store }, resolver: false })
eko.on('outcome', () => {})
eko.dmt.transfer({
  recipientId: '1',
  amount: '100',
  customerId: '9000000003',
  otp: '004217',
  otpRefId: 'x',
  clientRefId: 'REF-1',
})
