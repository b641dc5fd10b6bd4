// Runs in a page or a worker: the tests give no warning, then one signer warns, and only once.
import { Signer } from 'eko-eps/signer'
import { run } from './suite.mjs'
import vectors from './vectors.json'

const warnings = []
const { warn } = console
console.warn = (text) => warnings.push(String(text))
const result = run({ Signer, vectors })
const silent = warnings.length
new Signer({ accessKey: 'a' })
new Signer({ accessKey: 'b' })
console.warn = warn
const warned =
  warnings.length - silent === 1 && /visitors can read the access key/.test(warnings.at(-1)) && silent === 0
if (!warned) {
  result.passed -= 1
  result.failed += 1
  result.faults.push(`warnings: ${silent} while silenced, then ${JSON.stringify(warnings.slice(silent))}`)
}
if (typeof document === 'undefined') globalThis.postMessage(result)
else globalThis.report(result)
