// Entry of `eko-eps/postgres`.
export { PostgresStore } from './stores/postgres.js'
export type { Queryable } from './stores/postgres-prepared.js'
