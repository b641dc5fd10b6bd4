// The two tables of a journal in PostgreSQL: the statements that create them, and the check that existing tables are a
// journal.
import { refuse } from '../core.js'

/**
 * Columns of both tables: name, type, and true if the column allows null. Keys are sorted by bytes (COLLATE "C"), so
 * that an update of the operating system cannot change the order of keys.
 */
const COLUMNS = [
  ['key', 'text', false],
  ['version', 'bigint', false],
  ['kind', 'text', false],
  ['account', 'text', false],
  ['entry', 'text', false],
  ['due_ms', 'bigint', true],
  ['wait_ms', 'bigint', false],
  ['unresolved', 'boolean', false],
  ['created_ms', 'bigint', false],
  ['updated_ms', 'bigint', false],
  ['keep_until_ms', 'bigint', true],
] as const

/** Text columns that queries search. These columns need COLLATE "C". */
const BYTES: readonly string[] = ['key', 'kind', 'account']

/**
 * Returns the name of the archive table, which has the same columns as the table of live rows. The archive has a row
 * for every key of the journal. While a row is live, its row in the archive is a placeholder with version 0. The unique
 * index of the archive alone therefore decides whether a key is new, even if another process moves rows at that moment.
 */
export function archiveOf(table: string): string {
  return `${table}_archive`
}

/**
 * Returns the statements that create missing tables and indexes. An advisory lock makes concurrent processes run the
 * statements one after the other.
 */
export function creation(table: string): string {
  const name = table.slice(table.indexOf('.') + 1)
  const archive = archiveOf(table)
  const columns = COLUMNS.map(([column, type, nullable]) => {
    const collation = BYTES.includes(column) ? ' COLLATE "C"' : ''
    return `${column} ${type}${collation}${nullable ? '' : ' NOT NULL'}`
  })
  return `
    SELECT pg_advisory_xact_lock(hashtext('${table}'));
    CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}, PRIMARY KEY (key));
    CREATE INDEX IF NOT EXISTS ${name}_due ON ${table} (account, due_ms) WHERE due_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS ${name}_ahead ON ${table} (account, (due_ms - wait_ms)) WHERE due_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS ${name}_unresolved ON ${table} (kind, account, created_ms, key) WHERE unresolved;
    CREATE INDEX IF NOT EXISTS ${name}_made ON ${table} (account, created_ms, key) WHERE kind = 'debit';
    CREATE INDEX IF NOT EXISTS ${name}_updated ON ${table} (updated_ms);
    CREATE TABLE IF NOT EXISTS ${archive} (${columns.join(', ')}, PRIMARY KEY (key));
    CREATE INDEX IF NOT EXISTS ${name}_archive_made ON ${archive} (account, created_ms, key) WHERE version > 0;
    CREATE INDEX IF NOT EXISTS ${name}_archive_old ON ${archive} (updated_ms) WHERE version > 0;
  `
}

/**
 * Query for the properties of a table that `prove` checks. `$1` is the name of the table. The query returns one row, or
 * no row if the table does not exist.
 */
export const PROOF = `
  SELECT current_setting('fsync') AS fsync,
    c.relkind::text AS form,
    c.relpersistence::text AS kept,
    c.relhassubclass AS divided,
    row_security_active(c.oid) AS hidden,
    (SELECT json_object_agg(attname, json_build_array(format_type(atttypid, atttypmod), NOT attnotnull,
        (SELECT collname FROM pg_collation WHERE oid = attcollation)))::text
      FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
    (SELECT string_agg(attname, ',') FROM pg_index JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = ANY (indkey)
      WHERE indrelid = c.oid AND indisprimary AND indisvalid AND indimmediate) AS primary_key
  FROM pg_class c WHERE c.oid = to_regclass($1)`

type Columns = Record<string, [type: string, nullable: boolean, collation: string | null]>

interface Proven {
  fsync: string
  form: string
  kept: string
  divided: boolean
  hidden: boolean
  columns: string
  primary_key: string | null
}

/** Throws if the result of `PROOF` shows a table that is not a journal, or a server that may lose confirmed commits. */
export function prove(table: string, rows: readonly object[]): void {
  const [found] = rows as Proven[]
  if (found === undefined)
    throw mistake(`there is no table ${table}: run migrate() to create it, or correct the option table`)
  if (found.fsync !== 'on')
    throw mistake('the PostgreSQL server runs with fsync off and may lose confirmed commits in a crash: set fsync = on')
  if (found.form !== 'r' || found.divided)
    throw mistake(
      `${table} is not a plain table: use no view and no foreign, partitioned or inherited table, as keys are not unique there`,
    )
  if (found.kept !== 'p')
    throw mistake(
      `the table ${table} is not a permanent, logged table, so a crash would empty it: make it permanent and logged`,
    )
  const columns = JSON.parse(found.columns) as Columns
  if (!('kind' in columns) && 'entry' in columns)
    throw mistake(`the table ${table} has the former format, without the columns kind and account: give another table`)
  for (const [column, type, nullable] of COLUMNS) {
    const [is, mayBeNull, collation] = columns[column] ?? []
    if (is !== type) throw mistake(`the column ${column} of ${table} is ${is ?? 'missing'}: it must be ${type}`)
    if (mayBeNull !== nullable)
      throw mistake(`the column ${column} of ${table} must ${nullable ? 'allow null' : 'be NOT NULL'}`)
    if (BYTES.includes(column) && collation !== 'C')
      throw mistake(
        `the column ${column} of ${table} must have COLLATE "C", because a system update can change another order`,
      )
  }
  if (found.primary_key !== 'key')
    throw mistake(`the primary key of ${table} must be key alone, because a debit could otherwise be sent twice`)
  if (found.hidden)
    throw mistake(
      `row-level security hides rows of ${table}, so a debit could be sent twice: let this role see all rows`,
    )
}

/** Returns the error for a journal with only one of its two tables. `table` is the missing table. */
export function half(table: string): Error {
  return mistake(
    `there is no table ${table}, but the other table of its journal exists: restore ${table}, which records used references`,
  )
}

/** Returns the error for a table or setting that cannot be used for a journal. */
export function mistake(message: string): Error {
  return refuse('invalid_config', message, 'Correct the setting or the table that the message names.')
}
