// Mutants in a source text: each broken expression beside the right one, in a `match` that the environment decides. So all of
// them are compiled at once, and one that is looked at costs the run of its test.

/** How a switch asks which mutant is wanted. */
const CHOSEN = 'crate::mutants::chosen()'
const MARK = '/* mutant */'

/** What a copy needs for its switches: 0 stands for none. */
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

/** The expression is what stands between ⟦ and ⟧; the rest only says which one it is. */
function expression(source, mutant) {
  const parts = mutant.at.split(/[⟦⟧]/)
  if (parts.length !== 3) throw new Error(`mutant ${mutant.id}: \`at\` must have one expression in ⟦ and ⟧`)
  const start = only(source, parts.join(''), mutant) + parts[0].length
  return [{ mutant, start, end: start + parts[1].length }]
}

/** Places where only a number that is known to the compiler may stand, or nothing but a name. */
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
 * Of a constant each use is another one, in tests that name it too: so it is as if its declaration were another, which cannot ask the
 * environment and stays.
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
  // One that others use may have none where it is declared.
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

/** The text of a file with these mutants of it in switches. */
export function switched(source, mutants) {
  const spans = mutants.flatMap((mutant) => (mutant.constant ? uses : expression)(source, mutant))
  for (const { mutant, start, end } of spans)
    if (source.slice(start, end) === mutant.to) throw new Error(`mutant ${mutant.id}: it changes nothing`)
  spans.sort((one, other) => one.start - other.start || other.end - one.end)
  // A function that asks the environment is none that the compiler can run.
  return rendered(source, spans, 0, source.length).replaceAll(/\bconst fn\b/g, 'fn')
}

/** Numbers of the mutants that a compiler's complaint about this line is about: those in it, or in the next line above. */
export function named(text, line) {
  const lines = text.split('\n').slice(0, line)
  const numbers = (text) => [...text.matchAll(/(\d+) \/\* mutant \*\//g)].map(([, number]) => Number(number))
  return numbers(lines.findLast((text) => text.includes(MARK)) ?? '')
}
