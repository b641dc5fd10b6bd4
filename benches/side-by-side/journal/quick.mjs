// Some of it while one tunes, of what is built: `node benches/side-by-side/journal/quick.mjs [rounds] [word of a part] ...`, beside the
// build in the folder that the environment's BEFORE names, if it does.
import { measureJournal } from './measure.mjs'
import { FULL } from './plan.mjs'
import { journalReport } from './tables.mjs'

const [rounds = '3', ...only] = process.argv.slice(2)
const plan = { ...FULL, rounds: Number(rounds) }
const data = await measureJournal(plan, (line) => console.log(line), { only, before: process.env.BEFORE })
console.log(journalReport(data))
