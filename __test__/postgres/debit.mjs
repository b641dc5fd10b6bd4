// One debit in a process of its own, through a journal in PostgreSQL: prints its outcome, or its error's code.
import { EkoClient } from 'eko-eps'
import { PostgresStore } from 'eko-eps/postgres'
import { KEYS } from '../support/server.mjs'
import { Pool } from './server/server.mjs'

const [baseUrl, connection, clientRefId] = process.argv.slice(2)
const pool = new Pool(JSON.parse(connection))
const eko = new EkoClient({ ...KEYS, baseUrl, journal: { store: new PostgresStore(pool) } })
const debit = {
  recipientId: '117015428',
  amount: '100',
  customerId: '9000000003',
  otp: '004217',
  otpRefId: '667007109',
}
try {
  process.stdout.write((await eko.dmt.transfer({ ...debit, clientRefId })).outcome)
} catch (error) {
  process.stdout.write(error.code)
}
await eko.close()
await pool.end()
