// Entry of `eko-eps/postgres`.
export { PostgresStore, type Queryable } from './stores/postgres.js'
