// Checks the option `journal`: the path of a file, a store, or `off` with the name of the risk.

import { configError, knownOptions, textOption } from '../client/option-checks.js'
import { serveStore } from '../native/receiver.js'
import type { JournalStore } from './store-types.js'

const METHODS = ['read', 'write', 'due', 'unresolved', 'prune'] as const
const OPTIONAL = ['archive', 'debits', 'clock'] as const
const RISK = 'a-debit-may-leave-twice'
const VOLATILE = 'debits-may-be-forgotten'
const EXAMPLE = '{ file: "/var/lib/payments/eko-journal" }'

/** Option `journal` in the form that the native module takes. */
export type NativeJournal =
  | { file: { path: string; create: boolean; acceptVolatile: string | null } }
  | { off: string }
  | { store: { id: number; sharedByMachines: boolean } }

/**
 * Checks the option `journal` and converts it. Call `release` after the client is closed, to end the use of the store.
 */
export function journalOption(value: unknown): { journal: NativeJournal; release?: () => void } {
  if (typeof value === 'string') return file('journal', { file: value })
  const given = knownOptions('journal', value, ['file', 'store', 'off', 'create', 'acceptVolatile'])
  if (['file', 'store', 'off'].filter((name) => name in given).length !== 1)
    throw configError(`journal must have exactly one of file, store and off, such as ${EXAMPLE}`)
  if ('file' in given) return file('journal.file', given)
  for (const name of ['create', 'acceptVolatile'])
    if (name in given) throw configError(`journal.${name} is allowed only with journal.file, such as ${EXAMPLE}`)
  if ('off' in given) {
    if (given.off !== RISK)
      throw configError(`journal.off must name the risk: write { off: '${RISK}' }, or give a file instead`)
    return { journal: { off: RISK } }
  }
  const checked = store(given.store)
  const { id, release } = serveStore(checked)
  return { journal: { store: { id, sharedByMachines: checked.sharedByMachines === true } }, release }
}

function file(name: string, given: Record<string, unknown>): { journal: NativeJournal } {
  const path = textOption(name, given.file)
  const { create = true, acceptVolatile = null } = given
  if (typeof create !== 'boolean') throw configError('journal.create must be true or false')
  if (acceptVolatile !== null && acceptVolatile !== VOLATILE)
    throw configError(`journal.acceptVolatile must name the risk: write '${VOLATILE}'`)
  return { journal: { file: { path, create, acceptVolatile } } }
}

function store(value: unknown): JournalStore {
  if (typeof value !== 'object' || value === null)
    throw configError(`journal.store must be an object with the methods ${METHODS.join(', ')}`)
  const given = value as Record<string, unknown>
  for (const name of METHODS) {
    if (typeof given[name] !== 'function')
      throw configError(`journal.store has no method ${name}: a store must have ${METHODS.join(', ')}`)
  }
  if (given.sharedByMachines !== undefined && typeof given.sharedByMachines !== 'boolean')
    throw configError('journal.store.sharedByMachines must be true or false, or be left out')
  for (const name of OPTIONAL) {
    if (given[name] !== undefined && typeof given[name] !== 'function')
      throw configError(`journal.store.${name} must be a method, or be left out`)
  }
  // Machines lease shares of the timestamps in the store. The time of these leases must be the time of the database,
  // because the clocks of two machines cannot be compared.
  if (given.sharedByMachines === true && given.clock === undefined)
    throw configError(
      'journal.store sets sharedByMachines, so it must have a method clock() that returns the time of the database',
    )
  return value as JournalStore
}
