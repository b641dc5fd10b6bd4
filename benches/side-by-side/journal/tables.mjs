// Tables of the measured figures of the journal.
import { table, thousands } from '../tables.mjs'
import { GOALS } from './plan.mjs'

const NAMES = {
  ours: 'eko-eps',
  plain: 'plain peer',
  batch: 'peer with batch',
  pg: 'pg by hand',
  before: 'eko-eps before',
  read: 'a read',
  full: 'all rows',
  empty: 'empty',
  alone: 'alone, gently',
}

function partTable(results, base) {
  const rows = Object.entries(results)
    .filter(([, row]) => row?.times)
    .map(([name, row]) => [
      NAMES[name] ?? `beside a ${name}`,
      thousands(row.perSecond),
      name === base ? '' : (results[base].times[name]?.perSecond.toFixed(2) ?? ''),
      row.p50Ms.toFixed(2),
      row.p99Ms.toFixed(2),
      row.cpuUs.toFixed(0),
      Number.isNaN(row.mainUs) ? '-' : row.mainUs.toFixed(0),
      [row.failed > 0 && `${row.failed} failed: ${row.firstError}`, row.besides !== undefined && `${row.besides} times`]
        .filter(Boolean)
        .join('; '),
    ])
  return table(['', 'debits/s', `${NAMES[base]} is x`, 'p50 ms', 'p99 ms', 'CPU us', 'main us', ''], rows)
}

export function journalGoals(data) {
  return GOALS.map(([name, figure, { goal, met }]) => {
    const value = figure(data)
    if (value === undefined || Number.isNaN(value)) return [name, goal, 'not measured', '-']
    return [name, goal, value.toFixed(2), met(value) ? 'met' : 'NOT MET']
  })
}

/** Returns the whole report about the journal, as Markdown. */
export function journalReport({ large, many, ...parts }) {
  const told = [
    `### Debits: goals\n\n${table(['figure', 'goal', 'seen', ''], journalGoals({ large, many, ...parts }))}`,
  ]
  for (const [key, results] of Object.entries(parts)) told.push(`### Debits: ${key}\n\n${partTable(results, 'ours')}`)
  if (large) {
    const { full, empty, bytesARow, ...others } = large
    told.push(
      `### Debits: a journal of many rows, ${bytesARow.toFixed(0)} bytes each\n\n${partTable({ full, empty }, 'full')}`,
    )
    told.push(`### Debits: beside other work over that journal\n\n${partTable(others, 'alone')}`)
  }
  if (many) {
    const { clients, kbEach, cpuOfACore, lateMs } = many
    const row = [clients, kbEach.toFixed(0), (cpuOfACore * 100).toFixed(2), lateMs.toFixed(0)]
    told.push(
      `### Debits: many clients over one journal\n\n${table(['clients', 'kB each', '% of a core at rest', 'an inquiry comes late by ms'], [row])}`,
    )
  }
  return told.join('\n\n')
}
