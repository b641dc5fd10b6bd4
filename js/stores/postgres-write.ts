// Statements that write the rows of a journal in PostgreSQL. Each statement is a separate transaction. The version of a
// row counts the writes of its key. A journal has two tables: one for live rows, and the archive.
import { COLUMNS, names } from './postgres-sql.js'
import { archiveOf } from './postgres-table.js'

/**
 * Query for the rows in the JSON parameter `$1`, numbered from 1. The condition `n + 0 = n` is always true, but makes
 * the planner expect one row and use the keys instead of scanning whole tables.
 */
const GIVEN = `SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (${COLUMNS.map(([name, , type]) => `${name} ${type}`).join(', ')}))
    WITH ORDINALITY AS r(${names()}, n) WHERE n + 0 = n`
const LIVE = COLUMNS.map(([, , , live]) => live).join(', ')
const SET_LIVE = COLUMNS.slice(1)
  .map(([name, , , live]) => `${name} = ${live}`)
  .join(', ')

/** Returns SQL assignments that copy all columns except the key from the row `from`. */
function set(from: string): string {
  return COLUMNS.slice(1)
    .map(([name]) => `${name} = ${from}.${name}`)
    .join(', ')
}

/**
 * Values of `synchronous_commit` that confirm a commit only after it is on the disk, and on the disks of the
 * synchronous standbys if there are any.
 */
export const DURABLE_LEVELS: readonly string[] = ['on', 'remote_apply']

/**
 * Part of each write statement that makes the commit durable. The configuration may let the server confirm a commit
 * before the commit is on the disk, and a debit could then be sent twice after a crash. This part sets
 * `synchronous_commit` for one statement. If the setting has no effect, the statement writes nothing.
 */
const DURABLE = `durable AS MATERIALIZED (
  SELECT set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
    THEN 'on' ELSE current_setting('synchronous_commit') END, true) AS level
)`

/**
 * Place of the previous version of a row: `nowhere` for a first version, `live` for the live table, and `anywhere` for
 * the live table or the archive. A write with `live` takes half the work of one with `anywhere`.
 */
export type Place = 'nowhere' | 'live' | 'anywhere'

/**
 * Returns the statement that writes the rows in `$1`, each over its previous version, and returns the keys of the
 * written rows. With `more`, the other rows are written only if the first row was written.
 *
 * A new key is first inserted into the archive. A statement sees the tables as they were when the statement began, so a
 * row that another process moves at the same time could seem to be in neither table. The unique index of the archive
 * sees every commit, and refuses a key that is already used.
 */
export function writing(table: string, where: Place, more: boolean): string {
  const archive = archiveOf(table)
  const first = more ? 'n = 1 AND ' : ''
  const one = `g, durable WHERE ${first}level IN ('${DURABLE_LEVELS.join("', '")}')`
  const others = 'g, written WHERE n > 1'
  const take = (from: string) => `INSERT INTO ${archive} (${names()}) SELECT ${LIVE} FROM ${from} AND version = 1
      AND NOT EXISTS (SELECT FROM ${table} t WHERE t.key = g.key) ON CONFLICT (key) DO NOTHING RETURNING key`
  const over = 't.key = g.key AND t.version > 0 AND t.version = g.version - 1'
  const raise = (from: string) => `UPDATE ${table} t SET ${set('g')} FROM ${from} AND ${over} RETURNING t.key`
  const back = (from: string) => `UPDATE ${archive} t SET ${SET_LIVE} FROM ${from} AND ${over} RETURNING g.n`
  const put = (
    from: string,
    which: string,
  ) => `INSERT INTO ${table} (${names()}) SELECT ${names('g.')} FROM g, ${from} AS k
      WHERE ${which} ON CONFLICT (key) DO NOTHING RETURNING key`
  const written = {
    nowhere: `taken AS (${take(one)}),
    written AS (${put('taken', `${more ? 'g.n = 1 AND ' : ''}g.key = k.key`)})`,
    live: `written AS (${raise(one)})`,
    anywhere: `raised AS (${raise(one)}),
    back AS (${back(one)}), again AS (${put('back', 'g.n = k.n')}),
    written AS (SELECT key FROM raised UNION ALL SELECT key FROM again)`,
  }[where]
  // This part is added only if there are more rows, because the server always needs time to plan it.
  const also = `,
    also_taken AS (${take(others)}),
    also_made AS (${put('also_taken', 'g.n > 1 AND g.version = 1 AND g.key = k.key')}),
    also_raised AS (${raise(others)}),
    also_back AS (${back(others)}), also_again AS (${put('also_back', 'g.n = k.n')})`
  return `WITH ${DURABLE}, g AS MATERIALIZED (${GIVEN}),
    ${written}${more ? also : ''}
    SELECT level, (SELECT json_agg(key)::text FROM written) AS written FROM durable`
}

/**
 * Returns the part of a query that computes the current time: `$2`, or the time of the newest row of the journal if
 * that row's time is earlier.
 */
function clockOf(table: string): string {
  const newest = (from: string) => `(SELECT max(updated_ms) FROM ${from})`
  const [live, archived] = [newest(table), newest(`${archiveOf(table)} WHERE version > 0`)]
  return `clock AS MATERIALIZED (SELECT LEAST($2::bigint, GREATEST(${live}, ${archived})) AS now)`
}

/**
 * Returns the query for old rows of one table that are no longer needed. The query skips rows that another transaction
 * is writing.
 */
function old(table: string, which: string, limit: string): string {
  return `SELECT t.key FROM ${table} t, clock WHERE ${which} AND NOT t.unresolved
      AND t.due_ms IS NULL AND (t.keep_until_ms IS NULL OR t.keep_until_ms <= clock.now)
      AND t.updated_ms <= clock.now - $1::bigint ORDER BY t.updated_ms LIMIT ${limit} FOR UPDATE OF t SKIP LOCKED`
}

/**
 * Returns the statement that removes old rows from both tables. Parameters: `$1` minimum age in milliseconds, `$2`
 * current time, `$3` limit.
 */
export function pruning(table: string): string {
  const archive = archiveOf(table)
  const left = '$3::bigint - (SELECT count(*) FROM live)'
  return `WITH ${clockOf(table)},
    live AS MATERIALIZED (${old(table, `t.kind IN ('debit', 'alarm')`, '$3::bigint')}),
    archived AS MATERIALIZED (${old(archive, 't.version > 0', left)}),
    gone AS (DELETE FROM ${table} t USING live WHERE t.key = live.key RETURNING t.key),
    keys AS (DELETE FROM ${archive} t USING gone WHERE t.key = gone.key),
    gone_too AS (DELETE FROM ${archive} t WHERE t.key = ANY (ARRAY(SELECT key FROM archived)) RETURNING 1)
    SELECT ((SELECT count(*) FROM gone) + (SELECT count(*) FROM gone_too))::int AS gone`
}

/**
 * Returns the statement that moves old rows of debits to the archive, which already contains their keys. Parameters:
 * `$1` minimum age in milliseconds, `$2` current time, `$3` limit.
 */
export function archiving(table: string): string {
  return `WITH ${clockOf(table)},
    old AS MATERIALIZED (${old(table, `t.kind = 'debit'`, '$3::bigint')}),
    gone AS (DELETE FROM ${table} t USING old WHERE t.key = old.key RETURNING t.*),
    moved AS (INSERT INTO ${archiveOf(table)} (${names()}) SELECT ${names()} FROM gone
      ON CONFLICT (key) DO UPDATE SET ${set('EXCLUDED')} RETURNING 1)
    SELECT count(*)::int AS moved FROM moved`
}
