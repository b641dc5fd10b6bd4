// `npm test`: everything, with a table of what ran at the end. `npm test -- clippy packed` runs the steps whose names
// contain one of these words.
import { report } from './report.mjs'
import { STEPS } from './steps.mjs'

await report(STEPS, process.argv.slice(2))
