// Sends one debit in a process of its own, with a journal in PostgreSQL. Prints its outcome or the code of its error.
import { EkoClient } from 'eko-eps'
import { PostgresStore } from 'eko-eps/postgres'
import { KEYS, TRANSFER } from '../support/server.mjs'
import { Pool } from './server/server.mjs'

const [baseUrl, connection, clientRefId] = process.argv.slice(2)
const pool = new Pool(JSON.parse(connection))
const eko = new EkoClient({ ...KEYS, baseUrl, journal: { store: new PostgresStore(pool) } })
try {
  process.stdout.write((await eko.dmt.transfer({ ...TRANSFER, clientRefId })).outcome)
} catch (error) {
  process.stdout.write(error.code)
}
await eko.close()
await pool.end()
