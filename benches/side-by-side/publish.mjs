// Writes the results of a full run into the documents: docs/evidence/bench.md, its picture, and the figures in the
// README.
import { readFileSync, writeFileSync } from 'node:fs'
import { at } from '../../scripts/paths.mjs'
import { journalReport } from './journal/tables.mjs'
import { picture } from './picture.mjs'
import { BASE, OURS } from './plan.mjs'
import { outagePicture, soakPicture } from './soak/picture.mjs'
import { soakReport } from './soak/tables.mjs'
import { measured, report } from './tables.mjs'

export const RESULTS = at('benches', 'results.json')

/** Returns `source` with `text` between the two comments that have this name. */
export function between(source, name, text) {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const from = source.indexOf(begin)
  const to = source.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the comments ${begin} and ${end} are missing`)
  return `${source.slice(0, from + begin.length)}\n${text}\n${source.slice(to)}`
}

function headline({ calls, sign, load, size }) {
  const http = calls['64']
  const against = http[BASE].times
  const figure = (value) => value.toFixed(value < 10 ? 1 : 0)
  return [
    `- **${figure(against.callsPerSecond)} times the calls per second** of \`undici.request\` with \`createHmac\` (64 in flight), ${figure(http['fetch SDK'].times.callsPerSecond)} times those of a plain \`fetch\` SDK, ${figure(http.axios.times.callsPerSecond)} times those of axios;`,
    `- **${against.mainUsPerCall.toFixed(2)} of its time on the main thread** for a call, ${against.cpuSecondsPer100k.toFixed(2)} of its CPU in all, ${against.p99Ms.toFixed(2)} of its p99;`,
    `- **a signature in ${Math.round(sign.sign[OURS].ns)} ns**: ${figure(sign.sign[OURS].times)} times as fast as \`createHmac\`, ${figure(sign.sign[OURS].timesCryptoJs)} times as fast as crypto-js; in wasm ${figure(sign.sign['eko-eps, wasm'].times)} times, and in Chromium ${figure(sign.chromium.sign['eko-eps, wasm'].times)} times as fast as WebCrypto;`,
    `- **ready in ${load[OURS].totalMs.toFixed(1)} ms** (require and client): axios takes ${figure(load.axios.times)} times as long, undici ${figure(load.undici.times)} times;`,
    `- **${Math.round(calls.memory[OURS].rssMb)} MB** of memory after 100,000 calls (undici ${Math.round(calls.memory[BASE].rssMb)} MB); the wasm signer with its loader is ${(size.signer.withLoader / 1000).toFixed(1)} kB.`,
  ].join('\n')
}

function rewrite(path, name, text) {
  const before = readFileSync(path, 'utf8')
  writeFileSync(path, between(before, name, text))
}

/** Writes the tables of the journal. A run of the section `journal` alone writes them too. */
export function publishJournal(data) {
  rewrite(at('docs', 'evidence', 'bench.md'), 'journal', `${measured(data)}\n\n${journalReport(data.journal)}`)
}

/** Writes the tables and the pictures of the soak. A run of the section `soak` alone writes them too. */
export function publishSoak({ soak, ...data }) {
  rewrite(at('docs', 'evidence', 'bench.md'), 'soak', `${measured(data)}\n\n${soakReport(soak)}`)
  writeFileSync(at('docs', 'evidence', 'soak.svg'), soakPicture({ ...soak, ...data }))
  writeFileSync(at('docs', 'evidence', 'outage.svg'), outagePicture({ ...soak, ...data }))
}

export function publish({ journal, soak, ...data }) {
  writeFileSync(RESULTS, `${JSON.stringify(data, null, 2)}\n`)
  writeFileSync(at('docs', 'evidence', 'bench.svg'), picture(data))
  rewrite(at('docs', 'evidence', 'bench.md'), 'results', report(data))
  rewrite(at('README.md'), 'bench', headline(data))
}
