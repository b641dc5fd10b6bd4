// Rows for the tests of a store.

/** A row that is due and unresolved, unless these members say otherwise. */
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

/** The keys of these rows. */
export const keys = async (rows) => (await rows).map(({ key }) => key)
