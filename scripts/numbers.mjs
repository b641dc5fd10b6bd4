// Every constant that is a number, in the rooms whose numbers keep money safe: each is shifted by a mutant, everywhere it is used, or
// has a reason why it is not.
import { readdirSync, readFileSync } from 'node:fs'
import { at } from './paths.mjs'

const ROOMS = ['money', 'call', 'clock', 'transport', 'sign', 'response'].map((room) => `src/${room}`)
/** Rooms of tests alone, and files of tests that do not say so by their names. */
const TESTS = [/^src\/money\/(model|stub|numbers_tests)\b/, /\/tests\//, /_tests\.rs$/, /\/(commits|plans)\.rs$/]
/** Text, tables of text, and what a type makes by itself are no numbers. */
const NUMBER =
  /^(?:\[)?(?:[ui](?:8|16|32|64|128|size)|f(?:32|64)|(?:std::time::)?Duration|std::ops::RangeInclusive<\w+>)\b/
/** At most so many of a hundred mutants may have a reason in place of a test. */
const MOST_PERCENT = 2

/** What is compiled outside of tests; without comments. */
function product(path) {
  const text = readFileSync(at(path), 'utf8').split(/^#\[cfg\(test\)\]\n(?:#\[[^\n]*\n)*mod /m)[0]
  return text.replaceAll(/\/\/.*$/gm, '')
}

function sources(folder) {
  const files = readdirSync(at(folder), { recursive: true }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
  return files.filter((file) => file.endsWith('.rs') && !TESTS.some((form) => form.test(file))).sort()
}

/** Each constant with its file, its name, and the type that it belongs to, if any. */
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

/** Other files that name it: by an import from its module, or by its type. */
function users({ file, name, owner }, all) {
  const module = /(\w+)(?:\/mod)?\.rs$/.exec(file)[1]
  const named = owner
    ? new RegExp(`\\b${owner}::${name}\\b`)
    : new RegExp(`\\b${module}::(?:\\{[^;]*\\b)?${name}\\b|\\buse [^;]*\\{[^;]*\\b${module}::\\{[^}]*\\b${name}\\b`)
  return all.filter((other) => other !== file && named.test(product(other)) && !isAlone(name, product(other)))
}

/** Whether a file only passes a name on. */
function isAlone(name, text) {
  const used = text.replaceAll(/^ *(?:pub(?:\([a-z: ]+\))? )?use [^;]*;/gm, '')
  return !new RegExp(`\\b${name}\\b`).test(used)
}

/** What is wrong with the lists: a constant without mutant or reason, a use that a mutant does not reach, a reason for nothing. */
export function unlisted(mutants, reasons) {
  const all = sources('src').filter((file) => !file.startsWith('src/binding/'))
  const found = all.filter((file) => ROOMS.some((room) => file.startsWith(`${room}/`))).flatMap(constants)
  if (found.length < 100)
    throw new Error(`only ${found.length} constants were found: scripts/numbers.mjs does not see them`)
  const faults = []
  for (const constant of found) {
    const { file, name } = constant
    const own = mutants.filter((mutant) => mutant.file === file && (mutant.constant ?? mutant.of) === name)
    const reason = reasons.find((reason) => reason.file === file && reason.constant === name)
    if (own.length === 0 && !reason) faults.push(`${file}: ${name} has no mutant in tests/mutants: add one, or state there why it needs none`)
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
