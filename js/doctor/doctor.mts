// The signature doctor: computes the correct signature, and finds the mistakes that led to a wrong one. The signer of
// this package computes the correct values, and another implementation computes the wrong ones, so that a fault in one
// does not hide a fault in the other.
import { Signer } from 'eko-eps/signer'
import type { DiagnoseInput, Diagnosis, Finding, MistakeCode, Subject } from './doctor-types.js'
import { cleanKey, keyVariants } from './keys.mjs'
import { type Case, hashMessages, timeMessages } from './messages.mjs'
import { candidates, likeness } from './outputs.mjs'
import { PUBLISHED } from './published.mjs'
import { explain } from './search.mjs'
import { TEXTS } from './texts.mjs'
import { ageMistakes, readTimestamp } from './timestamp.mjs'
import type { Mistake, Variant } from './variant.mjs'

export type { DiagnoseInput, Diagnosis, Finding, MistakeCode, Subject } from './doctor-types.js'

/** Pattern of codes that are always reported about the access key, even if the mistake was found in another value. */
const ABOUT_KEY = /^key_/

/**
 * Finds the mistakes in a signature, and computes the correct one. The function is pure: it reads no clock, sends
 * nothing, and does not repeat a key.
 *
 * @example
 * const { ok, expected, findings } = diagnose({ accessKey, timestamp: '1700000000000', secretKey })
 * for (const { title, fix } of findings) console.log(`${title}: ${fix}`)
 */
export function diagnose(input: DiagnoseInput): Diagnosis {
  const { accessKey, timestamp, secretKey, requestHash, developerKey, now, usedTimestamps } = checked(input)
  const findings: Finding[] = []
  const add = (about: Subject, mistakes: readonly Mistake[]) => {
    for (const { code, detail = '' } of mistakes) {
      const subject = ABOUT_KEY.test(code) ? 'access_key' : about
      if (!findings.some((one) => one.code === code && one.about === subject))
        findings.push(finding(code, subject, detail))
    }
  }
  const done = (expected: Diagnosis['expected']): Diagnosis => ({ ok: findings.length === 0, expected, findings })

  const key = cleanKey(accessKey)
  const signer = signerOf(key)
  if (typeof signer === 'string') add('access_key', [{ code: signer }])
  const written = String(timestamp)
  const { ms, mistakes } = readTimestamp(written)
  add('timestamp', mistakes)
  if (ms !== undefined) add('timestamp', ageMistakes(ms, now, usedTimestamps))
  if (typeof signer === 'string' || ms === undefined) return done(ms === undefined ? {} : { timestamp: String(ms) })

  const parts = requestHash?.parts
  const expected: Diagnosis['expected'] = { timestamp: String(ms), secretKey: signer.sign(ms) }
  if (parts) expected.requestHash = signer.requestHash(ms, parts)
  const own: Case = { accessKey: key, developerKey, written, ms, parts, used: usedTimestamps.map(String) }
  const keys = () => keyVariants(key, accessKey, developerKey)
  const judge = (
    about: Subject,
    value: string | undefined,
    right: string,
    values: string,
    messages: () => Variant[],
  ) => {
    if (value === undefined || value === right) return
    const like = likeness(value, right)
    if (value.trim() === '') add(about, [{ code: 'output_missing' }])
    else if (like) add(about, [{ code: like }])
    else if (PUBLISHED.has(value.trim())) add(about, [{ code: 'documentation_example' }])
    else {
      const problem = { candidates: candidates(value), accessKey: key, written, ms, values, keys, messages }
      add(about, explain(problem) ?? [{ code: 'unknown' }])
    }
  }
  judge('secret-key', secretKey, expected.secretKey ?? '', '', () => timeMessages(own))
  if (parts)
    judge('request_hash', requestHash.value, expected.requestHash ?? '', parts.join(''), () => hashMessages(own, parts))
  return done(expected)
}

function finding(code: MistakeCode, about: Subject, detail: string): Finding {
  const [title, explanation, fix, source] = TEXTS[code]
  return { code, about, title, explanation: explanation.replace('{detail}', detail), fix, source }
}

function signerOf(accessKey: string): Signer | 'access_key_empty' | 'access_key_invalid' {
  if (accessKey.trim() === '') return 'access_key_empty'
  try {
    // The signer's browser warning is not needed: the doctor's web page has its own warning, and this code sends
    // nothing.
    return new Signer({ accessKey, silenceBrowserWarning: true })
  } catch {
    return 'access_key_invalid'
  }
}

type CheckedInput = DiagnoseInput & { usedTimestamps: readonly (string | number)[] }

/** Checks the types of the input only. `diagnose` judges the content of the texts. */
function checked(input: DiagnoseInput): CheckedInput {
  const need = (good: boolean, rule: string) => {
    if (!good) throw new TypeError(`diagnose: ${rule}`)
  }
  const textual = (value: unknown) => typeof value === 'string' || typeof value === 'number'
  need(typeof input === 'object' && input !== null, 'takes an object: { accessKey, timestamp, secretKey }')
  const { accessKey, timestamp, secretKey, requestHash, developerKey, now, usedTimestamps = [] } = input
  need(typeof accessKey === 'string', 'accessKey must be text')
  need(textual(timestamp), 'timestamp must be text or a number, as it was sent')
  need(secretKey === undefined || typeof secretKey === 'string', 'secretKey must be text')
  need(developerKey === undefined || typeof developerKey === 'string', 'developerKey must be text')
  need(now === undefined || Number.isFinite(now), 'now must be a number of milliseconds')
  need(Array.isArray(usedTimestamps) && usedTimestamps.every(textual), 'usedTimestamps must be a list of timestamps')
  if (requestHash !== undefined) {
    const { value, parts } = Object(requestHash) as NonNullable<DiagnoseInput['requestHash']>
    need(value === undefined || typeof value === 'string', 'requestHash.value must be text')
    need(
      Array.isArray(parts) && parts.every((part) => typeof part === 'string'),
      'requestHash.parts must be a list of text',
    )
  }
  return { ...input, usedTimestamps }
}
