// The same body never gives two states, whichever way it came.

/** What each body came to, in all schedules of this run. */
const STATES = new Map()

/** What is said of a debit whose only answer came to another state before. */
export function otherState([body, ...more], outcome) {
  if (more.length > 0 || !body?.includes('tx_status') || outcome === 'indeterminate') return undefined
  const before = STATES.get(body) ?? outcome
  STATES.set(body, before)
  return before === outcome ? undefined : `${outcome} by what was ${before} before: ${body}`
}
