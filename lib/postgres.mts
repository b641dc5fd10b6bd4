// The same class as the CommonJS module's: one copy per process.

export type * from './postgres.js'
export { PostgresStore } from './postgres.js'
