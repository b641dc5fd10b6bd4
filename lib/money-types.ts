// Everything about debits that has a type of its own, for the other files and for whoever imports `eko-eps`.
export type * from './callback-types.js'
export type * from './event-types.js'
export type * from './journal-types.js'
export type * from './outcome-types.js'
export type * from './store-types.js'
