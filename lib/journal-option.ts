// The option `journal`: a path, a store, or the risk by its name.
import { serveStore } from './door.js'
import type { JournalStore } from './money-types.js'
import { configError, knownOptions, textOption } from './options.js'

const METHODS = ['read', 'write', 'due', 'unresolved', 'prune'] as const
const RISK = 'a-debit-may-leave-twice'

/** As the native side takes it. */
export type NativeJournal = { file: string } | { off: string } | { store: number }

/** The option, checked. `release` lets a store go once its client is closed. */
export function journalOption(value: unknown): { journal: NativeJournal; release?: () => void } {
  if (typeof value === 'string') return { journal: { file: textOption('journal', value) } }
  const given = knownOptions('journal', value, ['file', 'store', 'off'])
  if (Object.keys(given).length !== 1)
    throw configError('journal takes one of file, store and off: { file: "/var/lib/payments/eko-journal" }')
  if ('file' in given) return { journal: { file: textOption('journal.file', given.file) } }
  if ('off' in given) {
    if (given.off !== RISK)
      throw configError(`journal is switched off without naming the risk: write { off: '${RISK}' }, or give a file`)
    return { journal: { off: RISK } }
  }
  const { id, release } = serveStore(store(given.store))
  return { journal: { store: id }, release }
}

function store(value: unknown): JournalStore {
  if (typeof value !== 'object' || value === null)
    throw configError(`journal.store must be an object with the methods ${METHODS.join(', ')}`)
  for (const name of METHODS) {
    if (typeof (value as Record<string, unknown>)[name] !== 'function')
      throw configError(`journal.store has no method ${name}: it needs ${METHODS.join(', ')}`)
  }
  return value as JournalStore
}
