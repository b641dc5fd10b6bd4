// `npm test`: runs all steps and prints a table at the end. `npm test -- clippy packed` runs only the steps whose names
// contain one of these words.
import { report } from './report.mjs'
import { STEPS } from './steps.mjs'

await report(STEPS, process.argv.slice(2))
