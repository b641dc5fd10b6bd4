// Tests of the time that regular expressions take. Each one that ships is listed here, was reviewed, and runs on long
// inputs.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/**
 * Reviewed patterns. None repeats a part that itself repeats, and none can match one text in two ways. Most belong to
 * the doctor, which reads what its user pastes on the user's own machine.
 */
const LOOKED_AT = [
  '/%(25|2B|2F|3D|0A)/i',
  '/&#?\\w+;/',
  '/&(?:#(\\d+)|#x([0-9a-f]+)|(\\w+));/gi',
  '/=+$/',
  '/=.*$/s',
  '/["\'`‘-‟]/',
  '/["\'`´«»‘-‟‹›]/',
  '/[-_]/',
  '/[\\0-\\x1f\\x7f-\\x9f]/',
  '/[\\n-\\r\\x85\\u2028\\u2029]/',
  '/[\\xad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufff9-\\ufffb]/',
  '/[^A-Za-z0-9+/]/g',
  '/[^a-z]/g',
  '/\\.\\d+Z$/',
  '/\\/ld-(musl|linux)-[\\w-]+\\.so\\.\\d/',
  '/\\/libc(\\.so\\.6|-2\\.\\d+\\.so)\\b/',
  '/\\0/',
  '/\\D/g',
  '/\\p{Surrogate}/u',
  '/\\r?\\n$/',
  '/\\r?\\n/',
  '/\\s/',
  '/\\s+/g',
  '/\\ufeff/',
  '/\\s|(\\\\r)?\\\\n/g',
  '/\\s|\\\\n/',
  '/^(["\'])(.*)\\1$/s',
  '/^(?:(?:22|23|40|54)[0-9A-Z]{3}|55P03|P0001)$/',
  '/^([a-z_][a-z0-9_]{0,62}\\.)?[a-z_][a-z0-9_]{0,49}$/',
  '/^(\\d{10}|\\d{13})(\\.\\d*)?$/',
  '/^0+(?=.)/',
  '/^[!#-&(-_a-~]+$/',
  '/^[0-9a-f]+$/i',
  '/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i',
  '/^[A-Z][a-z]{2},? /',
  '/^[A-Za-z0-9+/]+$/',
  '/^[A-Za-z0-9+/]+={0,2}$/',
  '/^[A-Za-z0-9/ ]{43}=$/',
  '/^[^\\ud800-\\udfff]{0,6144}$/u',
  '/^\\d(\\.\\d+)?e\\+?\\d{1,2}$/i',
  '/^\\d+(\\.\\d+)?$/',
  "/^\\d{1,3}([,_. ’']\\d{2,3}){3,}$/",
  '/^\\d{13}$/',
  '/^\\d{16}$|^\\d{19}$/',
  '/^\\d{4}-\\d\\d-\\d\\d([T ]|$)/',
  '/^\\s*(?:bearer|hmac|secret[-_]key|request[-_]hash)\\s*[:=]?\\s*(.+)$/is',
  '/^\\s*(["\'])(.*)\\1\\s*$/s',
  '/^key_/',
  '/key$/',
]
const LONG = 500_000

const js = fileURLToPath(new URL('../js/', import.meta.url))
const sources = readdirSync(js, { recursive: true }).filter((name) => /\.m?ts$/.test(name) && !name.endsWith('.d.ts'))

/**
 * Matches comments, texts and patterns, to tell a pattern's slash from others. The code inside a template is read
 * separately.
 */
const TOKEN =
  /^#!.*|\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:^|[=(,:;!&|?{}[+]|=>|return)\s*)(\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])*\/[a-z]*)|\bRegExp\b/g

/** The patterns of a source, and the places where one is put together at run time. */
function patterns(name) {
  const tokens = readFileSync(`${js}${name}`, 'utf8').matchAll(TOKEN)
  return [...tokens].flatMap(([text, pattern]) => pattern ?? (text === 'RegExp' ? [`${name}: RegExp`] : []))
}

test('every pattern in js/ is one that was looked at', () => {
  assert.ok(sources.length > 20)
  assert.deepEqual([...new Set(sources.flatMap(patterns))].sort(), [...LOOKED_AT].sort())
})

test('and takes time only as long as its input is', () => {
  const parts = ['a', 'A', ' ', '!', '\0', '-gnu', 'key', 'aé', '\ud83d', '\u{1f511}', '%2e']
  for (const text of LOOKED_AT) {
    const [, pattern, flags] = /^\/(.+)\/([a-z]*)$/.exec(text)
    for (const part of parts) {
      const input = `${part.repeat(LONG / part.length)}\n`
      const started = performance.now()
      input.replace(new RegExp(pattern, flags), '')
      const took = performance.now() - started
      assert.ok(took < 2_000, `${text} on ${JSON.stringify(part)}: ${took} ms`)
    }
  }
})
