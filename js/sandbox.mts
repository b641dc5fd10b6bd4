// Exports the class of the CommonJS module, so that a process has only one copy of it.

export type * from './sandbox.js'
export { Sandbox } from './sandbox.js'
