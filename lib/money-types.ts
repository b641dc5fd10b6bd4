// All types about debits. The other files and the users of `eko-eps` import them.
export type * from './callback-types.js'
export type * from './event-types.js'
export type * from './journal-types.js'
export type * from './outcome-types.js'
export type * from './store-types.js'
