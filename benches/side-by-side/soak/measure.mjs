// Runs the soak (debits for minutes while the bank makes mistakes) and then the outage.
import { folder } from '../journal/run.mjs'
import { outage } from './outage.mjs'
import { soak } from './soak.mjs'

export async function measureSoak(plan, say, { only } = {}) {
  const { path, remove } = folder()
  try {
    const data = {}
    if (only !== 'outage') data.soak = await soak({ plan, path }, (line) => say(`soak, ${line}`))
    if (only !== 'soak') data.outage = await outage({ plan, path }, (line) => say(`outage, ${line}`))
    return data
  } finally {
    remove()
  }
}
