// The statements that write a journal in PostgreSQL. Each is a transaction of its own.
import { COLUMNS, names } from './postgres-sql.js'
import { archiveOf } from './postgres-table.js'

/**
 * Rows of `$1`, numbered from 1. The planner expects a hundred rows from a function, and would rather read a whole
 * table than find the rows by their keys. With the condition, which is always true, it expects one row.
 */
const GIVEN = `SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS (${COLUMNS.map(([name, , type]) => `${name} ${type}`).join(', ')}))
    WITH ORDINALITY AS r(${names()}, n) WHERE n + 0 = n`
const LIVE = COLUMNS.map(([, , , live]) => live).join(', ')
const SET_LIVE = COLUMNS.slice(1)
  .map(([name, , , live]) => `${name} = ${live}`)
  .join(', ')

/** Returns assignments that set all columns except the key to those of another row. */
function set(from: string): string {
  return COLUMNS.slice(1)
    .map(([name]) => `${name} = ${from}.${name}`)
    .join(', ')
}

/**
 * Levels at which a commit is confirmed only after it is on the disk, and on the disks of the synchronous standbys, if
 * there are any.
 */
export const DURABLE_LEVELS: readonly string[] = ['on', 'remote_apply']

/**
 * Part of each write that makes the commit durable. A session or a role may have chosen that the server confirms a
 * commit before it is on the disk. Then a debit could be sent twice. The setting holds for this statement only, and
 * nothing is written if it has no effect.
 */
const DURABLE = `durable AS MATERIALIZED (
  SELECT set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
    THEN 'on' ELSE current_setting('synchronous_commit') END, true) AS level
)`

/**
 * Place to look for the previous version of a row; `nowhere` for a first version. A live row is found with half of the
 * work.
 */
export type Place = 'nowhere' | 'live' | 'anywhere'

/**
 * Returns the statement that writes the rows of `$1`, each over its previous version, and gives the keys of the rows
 * that were written. With `more` the first row decides: the others are written only if the first one was.
 *
 * A new key is inserted into the archive first. A statement sees the tables as they were when it began, so a row that
 * is moved meanwhile would be in neither of them. A unique index knows of every commit.
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
  // Planning a part that has nothing to do costs as much as planning one that has something to do.
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
 * Returns the part of a query that gives the current time: `$2`, but at most the time of the newest row of the journal.
 */
function clockOf(table: string): string {
  const newest = (from: string) => `(SELECT max(updated_ms) FROM ${from})`
  const [live, archived] = [newest(table), newest(`${archiveOf(table)} WHERE version > 0`)]
  return `clock AS MATERIALIZED (SELECT LEAST($2::bigint, GREATEST(${live}, ${archived})) AS now)`
}

/**
 * Returns the query for old rows of one of the two tables that are not needed any more. It skips a row that is being
 * written.
 */
function old(table: string, which: string, limit: string): string {
  return `SELECT t.key FROM ${table} t, clock WHERE ${which} AND NOT t.unresolved
      AND t.due_ms IS NULL AND (t.keep_until_ms IS NULL OR t.keep_until_ms <= clock.now)
      AND t.updated_ms <= clock.now - $1::bigint ORDER BY t.updated_ms LIMIT ${limit} FOR UPDATE OF t SKIP LOCKED`
}

/** Returns the statement that removes old rows of both tables: `$1` age, `$2` now, `$3` limit. */
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
 * Returns the statement that moves old rows of debits to the archive, which already has their keys: `$1` age, `$2` now,
 * `$3` limit.
 */
export function archiving(table: string): string {
  return `WITH ${clockOf(table)},
    old AS MATERIALIZED (${old(table, `t.kind = 'debit'`, '$3::bigint')}),
    gone AS (DELETE FROM ${table} t USING old WHERE t.key = old.key RETURNING t.*),
    moved AS (INSERT INTO ${archiveOf(table)} (${names()}) SELECT ${names()} FROM gone
      ON CONFLICT (key) DO UPDATE SET ${set('EXCLUDED')} RETURNING 1)
    SELECT count(*)::int AS moved FROM moved`
}
