// Queries for the rows of a journal in PostgreSQL. A journal has two tables: one for live rows, and the archive. A row
// is due if it is time for an inquiry about its debit.
import type { DueRows, JournalRow } from '../money/money-types.js'
import { archiveOf } from './postgres-table.js'

/**
 * Columns of both tables: name, member of `JournalRow`, type, and the value in the placeholder that the archive keeps
 * for a live row.
 */
export const COLUMNS = [
  ['key', 'key', 'text', 'g.key'],
  ['version', 'version', 'bigint', '0'],
  ['kind', 'kind', 'text', "''"],
  ['account', 'account', 'text', "''"],
  ['entry', 'entry', 'text', "''"],
  ['due_ms', 'dueMs', 'bigint', 'NULL'],
  ['wait_ms', 'waitMs', 'bigint', '0'],
  ['unresolved', 'unresolved', 'boolean', 'false'],
  ['created_ms', 'createdMs', 'bigint', '0'],
  ['updated_ms', 'updatedMs', 'bigint', '0'],
  ['keep_until_ms', 'keepUntilMs', 'bigint', 'NULL'],
] as const satisfies readonly (readonly [string, keyof JournalRow, string, string])[]

/** Returns the names of all columns as a comma-separated list, each with the prefix `before`. */
export function names(before = ''): string {
  return COLUMNS.map(([name]) => before + name).join(', ')
}

/** Returns the rows as JSON, the only parameter of the statement that `writing` returns. */
export function given(rows: readonly JournalRow[]): string {
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(COLUMNS.map(([name, member]) => [name, row[member] ?? null]))),
  )
}

/**
 * Returns a query for rows that also shows whether the server is a standby or read-only, because a standby may lack the
 * newest rows. The query always returns at least one row. If it finds no journal row, the columns of the journal row
 * are null.
 */
function reading(rows: string, order = ''): string {
  return `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only, d.*
    FROM (VALUES (1)) AS one LEFT JOIN (${rows}) AS d ON true ${order}`
}

/** Returns the query for the row with the key `$1`, in the live table or the archive. */
export function byKey(table: string): string {
  const of = (name: string) => `SELECT ${names()} FROM ${name} WHERE key = $1::text`
  return reading(`${of(table)} UNION ALL ${of(archiveOf(table))} AND version > 0`)
}

/** Condition for rows that became due more than a minute ago. The order `shortestWait` puts these rows last. */
const OVERDUE = 'due_ms < $2::bigint - 60000'
const ORDERS = { shortestWait: `ORDER BY ${OVERDUE}, wait_ms, due_ms, key`, oldest: 'ORDER BY due_ms, key' }

/**
 * Returns the query for due rows. Parameters: `$1` account, `$2` current time, `$3` limit. A row is also due if its
 * time is further in the future than its wait allows, because only a wrong clock can have written such a time.
 */
export function dueRows(table: string, order: DueRows['order']): string {
  const by = ORDERS[order] ?? ORDERS.oldest
  const some = (condition: string) =>
    `(SELECT ${names()} FROM ${table} WHERE account = $1::text AND ${condition} ${by} LIMIT $3::bigint)`
  const ahead = 'due_ms > $2::bigint AND due_ms - wait_ms > $2::bigint + 10000'
  return reading(
    `SELECT * FROM (${some('due_ms <= $2::bigint')} UNION ALL ${some(ahead)}) AS due ${by} LIMIT $3::bigint`,
    by,
  )
}

/**
 * Returns the query for unresolved rows. Parameters: `$1` kind, `$2` account, `$3` and `$4` time and key of the last
 * row of the previous page, `$5` limit.
 */
export function unresolvedRows(table: string): string {
  const by = 'ORDER BY created_ms, key'
  return reading(
    `SELECT ${names()} FROM ${table} WHERE unresolved AND kind = $1::text AND account = $2::text
      AND (created_ms, key) > ($3::bigint, $4::text) ${by} LIMIT $5::bigint`,
    by,
  )
}

/**
 * Returns the query for all rows of debits. Parameters: `$1` account, `$2` and `$3` time and key of the last row of the
 * previous page, `$4` limit. One query reads both tables, so that it finds a row that another process moves between the
 * tables.
 */
export function debitRows(table: string): string {
  const by = 'ORDER BY created_ms, key'
  const some = (name: string, which: string) =>
    `(SELECT ${names()} FROM ${name} WHERE ${which} AND account = $1::text AND (created_ms, key) > ($2::bigint, $3::text)
      ${by} LIMIT $4::bigint)`
  const both = `${some(table, `kind = 'debit'`)} UNION ALL ${some(archiveOf(table), 'version > 0')}`
  return reading(`SELECT * FROM (${both}) AS debits ${by} LIMIT $4::bigint`, by)
}

/** Query for the current time of the server, in milliseconds since 1970. */
export const CLOCK = 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms'

/**
 * Converts a row that the driver returned. Drivers return a bigint as text, because a JavaScript number cannot hold
 * every bigint. The values of a journal are small enough for a number.
 */
export function row(stored: object): JournalRow {
  const values = stored as Record<string, unknown>
  const members = COLUMNS.map(([name, member, type]) => {
    const value = values[name]
    return [member, type === 'bigint' && value !== null ? Number(value) : value]
  })
  return Object.fromEntries(members) as JournalRow
}
