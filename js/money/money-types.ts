// All types about debits. The other files import them from here, and the package exports them.
export type * from './callback-types.js'
export type * from './event-types.js'
export type * from './journal-types.js'
export type * from './outcome-types.js'
export type * from './store-types.js'
