// Reads the timestamp that was sent, and finds the mistakes in its form.
import type { MistakeCode } from './doctor-types.js'
import type { Mistake } from './variant.mjs'

export interface Reading {
  /** Milliseconds since 1970; undefined if the text is not a time whose milliseconds have 13 digits. */
  ms: number | undefined
  mistakes: Mistake[]
}

const WINDOW_MS = 120_000

/** Reads a timestamp from the text that was sent. */
export function readTimestamp(written: string): Reading {
  const mistakes: Mistake[] = []
  const note = (code: MistakeCode, detail?: string) => mistakes.push(detail === undefined ? { code } : { code, detail })
  let text = written.trim()
  if (text === '') return { ms: undefined, mistakes: [{ code: 'timestamp_missing' }] }
  if (text !== written) note('timestamp_whitespace')
  const quoted = /^(["'])(.*)\1$/s.exec(text)
  if (quoted) {
    note('timestamp_quoted')
    text = (quoted[2] ?? '').trim()
  }
  if (/^\d{1,3}([,_. ’']\d{2,3}){3,}$/.test(text)) {
    note('timestamp_grouped')
    text = text.replace(/\D/g, '')
  }
  const ms = milliseconds(text, note)
  if (ms === undefined || !(ms >= 1e12 && ms < 1e13))
    return { ms: undefined, mistakes: [{ code: 'timestamp_invalid' }] }
  return { ms, mistakes }
}

function milliseconds(text: string, note: (code: MistakeCode, detail?: string) => void): number | undefined {
  const decimal = /^(\d{10}|\d{13})(\.\d*)?$/.exec(text)
  if (decimal) {
    const [, whole = '', fraction] = decimal
    if (fraction !== undefined) note('timestamp_fraction')
    if (whole.length === 13) return Number(whole)
    note('timestamp_seconds')
    return Math.floor(Number(whole + (fraction?.length ? fraction : '')) * 1000 + 1e-4)
  }
  if (/^\d{16}$|^\d{19}$/.test(text)) {
    note('timestamp_unit', String(text.length))
    return Number(text.slice(0, 13))
  }
  if (/^\d(\.\d+)?e\+?\d{1,2}$/i.test(text)) {
    note('timestamp_exponent')
    const value = Number(text)
    return value < 1e11 ? Math.floor(value * 1000) : Math.floor(value)
  }
  if (/^\d{4}-\d\d-\d\d([T ]|$)/.test(text) || /^[A-Z][a-z]{2},? /.test(text)) {
    const value = Date.parse(text)
    if (Number.isNaN(value)) return undefined
    note('timestamp_date')
    return value
  }
  return undefined
}

/** Returns the mistakes in the age of a timestamp, and a mistake if the timestamp was already used. */
export function ageMistakes(ms: number, now: number | undefined, used: readonly (string | number)[]): Mistake[] {
  const mistakes: Mistake[] = []
  const age = now === undefined ? 0 : now - ms
  if (age > WINDOW_MS) mistakes.push({ code: 'timestamp_stale', detail: span(age) })
  if (age < -WINDOW_MS) mistakes.push({ code: 'timestamp_future', detail: span(-age) })
  if (used.some((one) => readTimestamp(String(one)).ms === ms)) mistakes.push({ code: 'timestamp_reused' })
  return mistakes
}

/** Returns a duration in words, such as `2 minutes`. */
export function span(ms: number): string {
  const steps: [number, string][] = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ]
  const [size, name] = steps.find(([length]) => ms >= length) ?? [1, 'millisecond']
  const count = Math.floor(ms / size)
  return `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`
}
