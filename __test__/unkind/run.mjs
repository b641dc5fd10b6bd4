// Runs schedules of an unkind EPS and of processes that are stopped and killed, some at a time.
// EKO_UNKIND: how many, from EKO_FROM on. EKO_SEED: this one alone, and all that was told. EKO_DIST: a folder with another build.
import { Story } from './story.mjs'

/** From so many on all that is common must have happened, and from so many on the rest. */
const USUAL = 20
const MANY = 200
const RARE = /^inquiries, (?!all )|^told, (replaced|bookedTwice)/
const AT_ONCE = 4

const number = (name, otherwise) => Number(process.env[name] ?? otherwise)
const only = process.env.EKO_SEED
const from = only === undefined ? number('EKO_FROM', 1) : Number(only)
const count = only === undefined ? number('EKO_UNKIND', USUAL) : 1

/** What has happened, in all schedules. */
const sums = {}
function add(group, counts) {
  for (const [name, value] of Object.entries(counts)) {
    const full = `${group}, ${name}`
    sums[full] = (sums[full] ?? 0) + value
  }
}

/** How often some of EPS's moods were met. */
const met = (moods, of) => Object.entries(moods).reduce((sum, [mood, count]) => (of.test(mood) ? sum + count : sum), 0)

/** Resolves to whether all was well. */
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
// What never happened would prove nothing.
const missing = Object.keys(sums).filter((name) => sums[name] === 0 && (count >= MANY || !RARE.test(name)))
const never = count < USUAL ? [] : missing
if (never.length > 0) console.log(`never: ${never.join('; ')}`)
if (failed.length > 0) console.log(`failed: ${failed.map((seed) => `EKO_SEED=${seed}`).join(' ')}`)
console.log(`unkind laboratory: ${count - failed.length} passed, ${failed.length + never.length} failed`)
// Not by itself: with sockets that were reset Node's own end may wait for ever.
process.exit(failed.length + never.length === 0 ? 0 : 1)
