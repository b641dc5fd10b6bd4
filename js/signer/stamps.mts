// Gives out timestamps that this realm (page, worker or process) has not used for a key. All copies of this module in
// the realm share the used timestamps. A lane is a share of all timestamps.

import { refuse } from './errors.mjs'
import { timestampFault } from './signer-rules.js'

/** Last timestamp that was given out for a key. */
export interface Clock {
  last: number
}

/** Lane: number `index` of `of` equal shares of all timestamps. */
export interface LaneShare {
  readonly index: number
  readonly of: number
}

const REGISTRY = Symbol.for('eko-eps.timestamps')

/**
 * Returns the clock of a key in this realm. The name of the clock must not reveal the key, because code that prints
 * global objects shows the name.
 */
export function clockOf(name: string): Clock {
  const realm = globalThis as unknown as Record<symbol, Map<string, Clock> | undefined>
  realm[REGISTRY] ??= new Map()
  const clocks = realm[REGISTRY]
  const clock = clocks.get(name) ?? { last: 0 }
  clocks.set(name, clock)
  return clock
}

/** Returns a timestamp of this lane that the clock has not given out yet. It is the current time or a later time. */
export function take(clock: Clock, lane?: LaneShare): number {
  const now = Date.now()
  refuse(
    'invalid_config',
    timestampFault(now) && `Date.now() is ${now}: set the clock (in Workers, sign inside a request)`,
  )
  let next = Math.max(now, clock.last + 1)
  // `EkoClient` computes lanes in the same way: the remainder of a timestamp by 32, divided among `of` lanes.
  while (lane && (next % 32) % lane.of !== lane.index) next++
  // After a burst, timestamps may be up to one minute ahead of the clock. EPS accepts two minutes.
  const wait = next - now - 60_000
  refuse(
    'timestamp_exhausted',
    wait > 0 && `all timestamps of the next minute are used: wait ${wait} ms and send fewer requests at once`,
    'EkoRateLimitError',
  )
  clock.last = next
  return next
}
