// Exports the class of the CommonJS module, so that there is one copy per process.

export type * from './postgres.js'
export { PostgresStore } from './postgres.js'
