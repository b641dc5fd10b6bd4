// Exports the class of the CommonJS module, so that there is one copy per process.

export type * from './sandbox.js'
export { Sandbox } from './sandbox.js'
