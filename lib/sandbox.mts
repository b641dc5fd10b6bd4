// The same class as the CommonJS module's: one copy per process.

export type * from './sandbox.js'
export { Sandbox } from './sandbox.js'
