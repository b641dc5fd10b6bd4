// Helpers that make rows for the tests of a store.

/** Returns a row that is due and unresolved, except for these changes. */
export const row = (changes) => ({
  key: 'k',
  version: 1,
  kind: 'debit',
  account: 'a',
  entry: '{}',
  dueMs: 5,
  waitMs: 5,
  unresolved: true,
  createdMs: 6,
  updatedMs: 7,
  keepUntilMs: null,
  ...changes,
})

/** Resolves to the keys of these rows. */
export const keys = async (rows) => (await rows).map(({ key }) => key)
