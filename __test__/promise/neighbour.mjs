// Another process with a client of its own. It does what its parent orders, one message for each order.
//
// `journal: 'parent'`: its store calls the parent, which keeps the rows.
import { setTimeout as pause } from 'node:timers/promises'
import * as product from './product.mjs'

let eko
let questions = 0
const asked = new Map()
const parentsStore = () => {
  const method =
    (name) =>
    (...args) =>
      new Promise((resolve) => {
        const id = questions++
        asked.set(id, resolve)
        process.send({ store: name, question: id, args })
      })
  return {
    store: Object.fromEntries(['read', 'write', 'due', 'unresolved', 'prune'].map((name) => [name, method(name)])),
  }
}

const plain = ({ outcome, tid, reusable, code, message, revision, reservationId, meta }) => ({
  ...{ outcome, tid, reusable, code, message, revision, reservationId, status: meta?.responseTypeId },
})
const work = {
  async open({ baseUrl, journal, ...options }) {
    try {
      eko = product.open({ baseUrl }, { ...options, journal: journal === 'parent' ? parentsStore() : journal })
      return { outcome: 'opened' }
    } catch (error) {
      return { outcome: 'rejected', code: error.code, message: error.message }
    }
  },
  send: async (...args) => plain(await product.send(eko, ...args)),
  ask: async (...args) => plain(await product.ask(eko, ...args)),
  listed: async () => product.listed(eko),
  alarms: async () => product.alarms(eko),
  async close() {
    await eko?.close()
    return { outcome: 'closed' }
  },
}

process.on('message', async ({ id, what, args, question, answer }) => {
  if (question !== undefined) return asked.get(question)?.(answer)
  const told = await work[what](...args).catch((error) => ({
    outcome: 'rejected',
    code: error.code,
    message: error.message,
  }))
  await new Promise((sent) => process.send({ id, told }, sent))
  if (what === 'close') {
    await pause(0)
    process.exit(0)
  }
})
process.on('disconnect', () => process.exit(0))
