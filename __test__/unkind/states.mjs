// Checks that the same body always gives the same outcome, whether it answers a debit or an inquiry.

/** Outcome of each body, over all schedules of this run. */
const STATES = new Map()

/** Returns a text if the only answer about a debit has given another outcome before. */
export function otherState([body, ...more], outcome) {
  if (more.length > 0 || !body?.includes('tx_status') || outcome === 'indeterminate') return undefined
  const before = STATES.get(body) ?? outcome
  STATES.set(body, before)
  return before === outcome ? undefined : `${outcome} by what was ${before} before: ${body}`
}
