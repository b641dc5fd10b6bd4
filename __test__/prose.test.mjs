// Tests that comments stay in plain words: the patterns that make them hard to read must be rare.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BOUND, comments, count, PATTERNS, sources } from '../scripts/prose.mjs'

const HARD = {
  'opens with a question word': 'What it says of the state.',
  'opens with a preposition': 'Of a refund: the transaction.',
  'somebody, nobody, whoever': 'The row that nobody has written.',
  '"for" as because': 'It waits, for it may be read half.',
}

for (const { name, pattern } of PATTERNS)
  test(`comments: ${name}`, () => {
    assert.match(HARD[name], pattern)
    const { lines, counts, hits } = count(sources())
    assert.ok(lines > 3000, `${lines} comment lines`)
    const found = hits.filter((hit) => hit.includes(`: ${name}: `))
    assert.ok(
      (counts[name] * 1000) / lines < BOUND,
      `${counts[name]} in ${lines} lines:\n${found.slice(0, 20).join('\n')}`,
    )
  })

test('comments of both languages are found, and where each begins', () => {
  const source = '/** First.\n * more\n */\nlet a // behind code\n/// Second\n/// more\n\n//! Third\n/* one line */'
  assert.deepEqual(
    comments(source).map(({ line, text, opens }) => [line, text, opens]),
    [
      [1, 'First.', true],
      [2, 'more', false],
      [5, 'Second', true],
      [6, 'more', false],
      [8, 'Third', true],
      [9, 'one line', false],
    ],
  )
})
