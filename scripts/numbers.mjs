// Checks the numeric constants in the modules that keep money safe. Each constant needs a mutant (a copy of the code
// with another value) that changes every use of the constant, or a reason in tests/mutants/reasons.mjs why it has none.
import { readdirSync, readFileSync } from 'node:fs'
import { at } from './paths.mjs'

const ROOMS = ['money', 'call', 'clock', 'transport', 'sign', 'response'].map((room) => `src/${room}`)
/** Modules that contain only tests, and test files, also those whose names do not say that they are tests. */
const TESTS = [/^src\/money\/(model|stub|numbers_tests)\b/, /\/tests\//, /_tests\.rs$/, /\/(commits|plans)\.rs$/]
/** Types of the constants to check. Text, tables of text, and constants of other types are not numbers. */
const NUMBER =
  /^(?:\[)?(?:[ui](?:8|16|32|64|128|size)|f(?:32|64)|(?:std::time::)?Duration|std::ops::RangeInclusive<\w+>)\b/
/** Maximum number of reasons, in percent of the number of mutants. */
const MOST_PERCENT = 2

/** Returns the part of a file that is compiled outside of tests, without comments. */
function product(path) {
  const text = readFileSync(at(path), 'utf8').split(/^#\[cfg\(test\)\]\n(?:#\[[^\n]*\n)*mod /m)[0]
  return text.replaceAll(/\/\/.*$/gm, '')
}

function sources(folder) {
  const files = readdirSync(at(folder), { recursive: true }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
  return files.filter((file) => file.endsWith('.rs') && !TESTS.some((form) => form.test(file))).sort()
}

/** Returns each numeric constant of a file with its name and the type that it belongs to, if any. */
function constants(file) {
  const text = product(file)
  return [...text.matchAll(/^( *)(?:pub(?:\([a-z: ]+\))? )?const ([A-Z][A-Z0-9_]*): ([^=]+) =/gm)]
    .filter(([, , , type]) => NUMBER.test(type))
    .map(({ 1: indent, 2: name, index }) => {
      const owner =
        indent === ''
          ? undefined
          : /impl (\w+) \{/.exec(
              text
                .slice(0, index)
                .split('\n\n')
                .findLast((part) => /impl \w+ \{/.test(part)) ?? '',
            )
      return { file, name, owner: owner?.[1] }
    })
}

/** Returns the other files that use a constant, by an import from its module or by the type that it belongs to. */
function users({ file, name, owner }, all) {
  const module = /(\w+)(?:\/mod)?\.rs$/.exec(file)[1]
  const named = owner
    ? new RegExp(`\\b${owner}::${name}\\b`)
    : new RegExp(`\\b${module}::(?:\\{[^;]*\\b)?${name}\\b|\\buse [^;]*\\{[^;]*\\b${module}::\\{[^}]*\\b${name}\\b`)
  return all.filter((other) => other !== file && named.test(product(other)) && !isAlone(name, product(other)))
}

/** Returns true if a file only passes a name on, with `use`. */
function isAlone(name, text) {
  const used = text.replaceAll(/^ *(?:pub(?:\([a-z: ]+\))? )?use [^;]*;/gm, '')
  return !new RegExp(`\\b${name}\\b`).test(used)
}

/**
 * Returns the faults of the lists: a constant without a mutant and without a reason, a constant with both, a use of a
 * constant that its mutant does not change, a reason for a constant that does not exist, and too many reasons.
 */
export function unlisted(mutants, reasons) {
  const all = sources('src').filter((file) => !file.startsWith('src/binding/'))
  const found = all.filter((file) => ROOMS.some((room) => file.startsWith(`${room}/`))).flatMap(constants)
  if (found.length < 100)
    throw new Error(
      `only ${found.length} constants were found, which is too few: correct the pattern for constants in scripts/numbers.mjs`,
    )
  const faults = []
  for (const constant of found) {
    const { file, name } = constant
    const own = mutants.filter((mutant) => mutant.file === file && (mutant.constant ?? mutant.of) === name)
    const reason = reasons.find((reason) => reason.file === file && reason.constant === name)
    if (own.length === 0 && !reason)
      faults.push(`${file}: ${name} has no mutant in tests/mutants: add one, or state there why it needs none`)
    if (own.length > 0 && reason) faults.push(`${file}: ${name} has a mutant and a reason`)
    for (const user of users(constant, all))
      if (own.some(({ constant, also = [] }) => constant && !also.includes(user)))
        faults.push(`${user}: uses ${name} of ${file}, and a mutant does not say so in \`also\``)
  }
  for (const { file, constant } of reasons)
    if (!found.some((one) => one.file === file && one.name === constant))
      faults.push(`${file}: there is no ${constant}, but a reason`)
  if (reasons.length * 100 > mutants.length * MOST_PERCENT)
    faults.push(`${reasons.length} reasons for ${mutants.length} mutants are more than ${MOST_PERCENT} %`)
  return { faults, count: found.length }
}
