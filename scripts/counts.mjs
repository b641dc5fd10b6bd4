// Reads the number of tests from the output of a test runner.

/** Returns the counts of `cargo test`, over all test programs and the doc tests. */
export function cargoTests(output) {
  const results = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)]
  return total(results)
}

/** Returns the counts of `node --test --test-reporter=spec`. */
export function nodeTests(output) {
  const number = (name) => Number(new RegExp(`^. ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0)
  const skipped = number('skipped') + number('todo') + number('cancelled')
  return { passed: number('pass'), failed: number('fail'), skipped }
}

/** Returns the counts of lines such as `workerd: 12 passed, 0 failed`, one for each name. */
export function namedTests(output) {
  const lines = [...output.matchAll(/^\s*([\w][\w .:()/-]*?):? +(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/gm)]
  return lines.map(([, name, passed, failed, skipped = '0']) => ({
    name,
    passed: Number(passed),
    failed: Number(failed),
    skipped: Number(skipped),
  }))
}

/**
 * Returns the count of our type tests. Each expected error is a test, and so is each exported function that must
 * compile.
 */
export function typeTests(source) {
  const passed = source.match(/@ts-expect-error|^export (async )?function/gm)?.length ?? 0
  return { passed, failed: 0, skipped: 0 }
}

function total(results) {
  const sum = (index) => results.reduce((all, result) => all + Number(result[index]), 0)
  return { passed: sum(1), failed: sum(2), skipped: sum(3) }
}
