// Runs the soak or the outage, for use during tuning: `node benches/side-by-side/soak/quick.mjs soak|outage [full]
// [open debits]`. The package must have been built.
import { writeFileSync } from 'node:fs'
import { at } from '../../../scripts/paths.mjs'
import { measureSoak } from './measure.mjs'
import { FULL, QUICK } from './plan.mjs'
import { soakReport } from './tables.mjs'

const [only, size, open] = process.argv.slice(2)
const plan = size === 'full' ? FULL : QUICK
if (open) plan.outage.open = Number(open)
const data = await measureSoak(plan, (line) => console.log(line), { only })
console.log(soakReport(data))
writeFileSync(at('target', 'soak.json'), JSON.stringify(data))
