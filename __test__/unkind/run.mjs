// Runs schedules of an unkind EPS and of processes that are stopped and killed, some at a time.
// Variables: EKO_UNKIND is the number of schedules, and EKO_FROM the first seed. EKO_SEED runs one seed alone and
// prints all reports. EKO_DIST is a folder with another build.
import { Story } from './story.mjs'

/** From USUAL schedules on every common event must have happened, and from MANY on also the rare ones. */
const USUAL = 20
const MANY = 200
const RARE = /^inquiries, (?!all )|^told, (replaced|bookedTwice)/
const AT_ONCE = 4

const number = (name, otherwise) => Number(process.env[name] ?? otherwise)
const only = process.env.EKO_SEED
const from = only === undefined ? number('EKO_FROM', 1) : Number(only)
const count = only === undefined ? number('EKO_UNKIND', USUAL) : 1

/** How often each thing has happened, over all schedules. */
const sums = {}
function add(group, counts) {
  for (const [name, value] of Object.entries(counts)) {
    const full = `${group}, ${name}`
    sums[full] = (sums[full] ?? 0) + value
  }
}

/** Returns how often those of EPS's moods were met that fit a pattern. */
const met = (moods, of) => Object.entries(moods).reduce((sum, [mood, count]) => (of.test(mood) ? sum + count : sum), 0)

/** Runs the schedule of a seed. Resolves to whether all was well. */
async function schedule(seed) {
  const story = new Story(seed)
  const broken = await story.run().then(
    () => [],
    (error) => [error.stack],
  )
  const { judge, bank, wire, inquiries, processes, counts, plan } = story
  const faults = [...broken, ...(judge?.faults ?? [])]
  if (broken.length === 0) {
    add('EPS', { ...bank.counts, hidden: inquiries.hidden })
    const { moods } = inquiries
    add('inquiries', moods)
    add('inquiries', {
      'all that were refused': met(moods, /^http|timestamps/),
      'all without a verdict': met(moods, /^fails|queue|envelope|half|hangs|late/),
      'all that mislead': met(moods, /knows|another|before|forgets/),
    })
    add('wire', wire.counts)
    add('processes', processes.counts)
    add('journal', counts)
    add('told', judge.counts)
  }
  if (faults.length > 0 || only !== undefined) {
    const parts = [`EKO_SEED=${seed}`, ...faults, ...(judge?.trail ?? []), JSON.stringify(plan, null, 1)]
    console.log(parts.join('\n'))
  }
  return faults.length === 0
}

const waiting = Array.from({ length: count }, (_, index) => from + index)
const failed = []
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      if (!(await schedule(seed))) failed.push(seed)
    }
  }),
)
const lines = Object.entries(sums).map(([name, value]) => `  ${name}: ${value}`)
console.log(lines.sort().join('\n'))
// An event that never happened was not tested.
const missing = Object.keys(sums).filter((name) => sums[name] === 0 && (count >= MANY || !RARE.test(name)))
const never = count < USUAL ? [] : missing
if (never.length > 0) console.log(`never: ${never.join('; ')}`)
if (failed.length > 0) console.log(`failed: ${failed.map((seed) => `EKO_SEED=${seed}`).join(' ')}`)
console.log(`unkind laboratory: ${count - failed.length} passed, ${failed.length + never.length} failed`)
// The program ends itself: after socket resets, Node may wait for ever.
process.exit(failed.length + never.length === 0 ? 0 : 1)
