// Puts mutants into the text of a source file. At each place, a `match` chooses between the right expression and the
// broken ones, by an environment variable. All mutants are thus compiled at once, and a check of one mutant only runs
// its test.

/** Rust expression for the number of the mutant that is switched on. */
const CHOSEN = 'crate::mutants::chosen()'
const MARK = '/* mutant */'

/** Rust code that is added to the copy. It reads the number of the mutant; 0 stands for no mutant. */
export const CHOOSER = `
mod mutants {
    pub(crate) fn chosen() -> u32 {
        static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
        *CHOSEN.get_or_init(|| std::env::var("EKO_MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or_default())
    }
}
`

function only(source, text, { id, file }) {
  const start = source.indexOf(text)
  if (start < 0) throw new Error(`mutant ${id}: its text is not in ${file}: ${text}`)
  if (source.indexOf(text, start + 1) >= 0) throw new Error(`mutant ${id}: its text is in ${file} twice: ${text}`)
  return start
}

/** Returns the place of the expression between ⟦ and ⟧. The text around these signs only helps to find the place. */
function expression(source, mutant) {
  const parts = mutant.at.split(/[⟦⟧]/)
  if (parts.length !== 3) throw new Error(`mutant ${mutant.id}: \`at\` must have one expression in ⟦ and ⟧`)
  const start = only(source, parts.join(''), mutant) + parts[0].length
  return [{ mutant, start, end: start + parts[1].length }]
}

/** Patterns of places where a `match` is not allowed, because they need a constant value or only a name. */
const FIXED = [
  /^ *(?:pub(?:\([a-z: ]+\))? )?(?:const|static) [A-Z_0-9]+: [\s\S]*?;\n/gm,
  /^ *(?:pub(?:\([a-z: ]+\))? )?use [^;]*;/gm,
  /^const _: \(\) = [^;]*;/gm,
  /; [A-Z_]+\]/g,
  /::<[A-Z_]+>/g,
  /\{[A-Z_0-9]+\}/g,
  /\/\/.*$/gm,
]

/**
 * Returns the places where a constant is used. Each use gets the other value, also in tests, which has the same effect
 * as a declaration with that value. The declaration itself stays, because a constant cannot read the environment.
 */
function uses(source, mutant) {
  const name = mutant.constant
  if (mutant.declares) only(source, `const ${name}: `, mutant)
  const fixed = FIXED.flatMap((form) =>
    [...source.matchAll(form)].map(({ 0: text, index }) => [index, index + text.length]),
  )
  const spans = [...source.matchAll(new RegExp(`(?:\\b[A-Za-z]+::)*\\b${name}\\b`, 'g'))]
    .map(({ 0: text, index }) => ({ mutant, start: index, end: index + text.length }))
    .filter(({ start }) => !fixed.some(([from, to]) => start >= from && start < to))
  // A constant that other files use may have no use in its own file.
  if (spans.length === 0 && !(mutant.declares && mutant.also?.length > 0))
    throw new Error(`mutant ${mutant.id}: ${name} has no use in ${mutant.file}`)
  return spans
}

function rendered(source, spans, from, to) {
  let text = ''
  let at = from
  let rest = spans
  while (rest.length > 0) {
    const { start, end } = rest[0]
    const inside = rest.filter((span) => span.start < end)
    const here = inside.filter((span) => span.start === start && span.end === end)
    const inner = inside.filter((span) => !here.includes(span))
    const across = inner.find((span) => span.end > end)
    if (across) throw new Error(`mutants ${here[0].mutant.id} and ${across.mutant.id}: their texts overlap`)
    const arms = here.map(({ mutant }) => `${mutant.number} ${MARK} => ${mutant.to}, `).join('')
    const right = rendered(source, inner, start, end)
    text += `${source.slice(at, start)}(match ${CHOSEN} { ${arms}_ => ${right} })`
    at = end
    rest = rest.slice(inside.length)
  }
  return text + source.slice(at, to)
}

/** Returns the text of a file with these mutants in it. */
export function switched(source, mutants) {
  const spans = mutants.flatMap((mutant) => (mutant.constant ? uses : expression)(source, mutant))
  for (const { mutant, start, end } of spans)
    if (source.slice(start, end) === mutant.to) throw new Error(`mutant ${mutant.id}: it changes nothing`)
  spans.sort((one, other) => one.start - other.start || other.end - one.end)
  // A function that reads the environment cannot be a `const fn`.
  return rendered(source, spans, 0, source.length).replaceAll(/\bconst fn\b/g, 'fn')
}

/**
 * Returns the numbers of the mutants that a compiler error in this line is about: those in the line, or in the nearest
 * line above that has mutants.
 */
export function named(text, line) {
  const lines = text.split('\n').slice(0, line)
  const numbers = (text) => [...text.matchAll(/(\d+) \/\* mutant \*\//g)].map(([, number]) => Number(number))
  return numbers(lines.findLast((text) => text.includes(MARK)) ?? '')
}
