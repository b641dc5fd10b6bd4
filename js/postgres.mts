// Exports the class of the CommonJS module, so that a process has only one copy of it.

export type * from './postgres.js'
export { PostgresStore } from './postgres.js'
