// Measures some parts of the journal, for use during tuning: `node benches/side-by-side/journal/quick.mjs [rounds]
// [word of a part] ...`. The package must have been built. If the environment variable BEFORE names the folder of
// another build, that build is measured too.
import { measureJournal } from './measure.mjs'
import { FULL } from './plan.mjs'
import { journalReport } from './tables.mjs'

const [rounds = '3', ...only] = process.argv.slice(2)
const plan = { ...FULL, rounds: Number(rounds) }
const data = await measureJournal(plan, (line) => console.log(line), { only, before: process.env.BEFORE })
console.log(journalReport(data))
