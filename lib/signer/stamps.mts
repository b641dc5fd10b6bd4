// Timestamps that this realm has not used for a key. All copies of this module in the realm share them.
import { timestampFault } from '../signer-rules.js'
import { refuse } from './errors.mjs'

/** The last timestamp of a key. */
export interface Clock {
  last: number
}

/** Part `index` of `of` equal parts of all timestamps. */
export interface Lane {
  readonly index: number
  readonly of: number
}

const REGISTRY = Symbol.for('eko-eps.timestamps')

/**
 * Returns the realm's clock of a key. The name must not reveal the key, because code that prints the realm's globals
 * shows the name.
 */
export function clockOf(name: string): Clock {
  const realm = globalThis as unknown as Record<symbol, Map<string, Clock> | undefined>
  realm[REGISTRY] ??= new Map()
  const clocks = realm[REGISTRY]
  const clock = clocks.get(name) ?? { last: 0 }
  clocks.set(name, clock)
  return clock
}

/** Returns a timestamp at or after now, in this lane, that this clock has not given out yet. */
export function take(clock: Clock, lane?: Lane): number {
  const now = Date.now()
  refuse(
    'invalid_config',
    timestampFault(now) && `Date.now() says ${now}: set the clock (Workers: sign inside a request)`,
  )
  let next = Math.max(now, clock.last + 1)
  // Same lanes as those of the client: the remainder of a timestamp by 32, divided among `of`.
  while (lane && (next % 32) % lane.of !== lane.index) next++
  // A burst may lead the clock by a minute; EPS accepts two.
  const wait = next - now - 60_000
  refuse(
    'timestamp_exhausted',
    wait > 0 && `all timestamps of the next minute are used: wait ${wait} ms and send less at once`,
    'EkoRateLimitError',
  )
  clock.last = next
  return next
}
