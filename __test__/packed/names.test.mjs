// Tests that each entry of the package has the same names, in whatever way it is loaded.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { at, json } from '../../scripts/paths.mjs'

const require = createRequire(import.meta.url)
const { exports: subpaths } = json('package.json')
/** Conditions of runtimes other than Node. Their files are read instead of loaded. */
const ELSEWHERE = ['workerd', 'edge-light', 'browser']
const own = (name) => !['default', 'module.exports', '__esModule'].includes(name)

/** Returns every file that a subpath may lead to, with the conditions on the way. */
function leaves(value, conditions = []) {
  if (typeof value === 'string') return [{ file: value, conditions }]
  return Object.entries(value).flatMap(([condition, inner]) => leaves(inner, [...conditions, condition]))
}

/** Returns the values that a declaration file or an ES module exports, as its text shows. */
function written(file) {
  const names = new Set()
  const text = readFileSync(at(file), 'utf8')
  for (const [, list] of text.matchAll(/\bexport ?\{([^}]*)\}/g)) {
    for (const item of list.split(',').map((part) => part.trim())) {
      if (item !== '' && !item.startsWith('type ')) names.add(item.replace(/^.* as /, ''))
    }
  }
  for (const [, name] of text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|function|const) (\w+)/gm))
    names.add(name)
  return [...names].filter(own).sort()
}

const loaded = (module) => Object.keys(module).filter(own).sort()

for (const [subpath, value] of Object.entries(subpaths).filter(([name]) => name !== './package.json')) {
  const entry = subpath.replace('.', 'eko-eps')
  test(`${entry}: the same names from every file`, async () => {
    const expected = loaded(require(entry))
    assert.ok(expected.length > 0)
    const files = leaves(value)
    assert.ok(files.filter(({ conditions }) => conditions.includes('types')).length >= 2, 'no types')
    for (const { file, conditions } of files) {
      const what = `${conditions.join(', ')}: ${file}`
      if (/\.d\.[cm]?ts$/.test(file)) assert.deepEqual(written(file), expected, what)
      else if (file.includes('/unavailable.')) assert.deepEqual(missing(file, expected), [], what)
      else if (ELSEWHERE.some((name) => conditions.includes(name))) assert.deepEqual(written(file), expected, what)
      else if (file.endsWith('.mjs')) assert.deepEqual(loaded(await import(at(file))), expected, what)
      else assert.deepEqual(loaded(require(at(file))), expected, what)
    }
  })
}

/**
 * Returns the names that a stand-in (module that refuses to load) lacks. A CommonJS stand-in needs none, because it
 * throws before a name is looked up.
 */
function missing(file, expected) {
  const names = file.endsWith('.mjs') ? written(file) : expected
  return expected.filter((name) => !names.includes(name))
}

test('both stand-ins say the same, and nothing else', async () => {
  const said = []
  await import(at('dist', 'unavailable.mjs')).catch((error) => said.push(error))
  try {
    require(at('dist', 'unavailable.js'))
  } catch (error) {
    said.push(error)
  }
  assert.equal(said.length, 2)
  assert.equal(said[0].message, said[1].message)
  assert.deepEqual(
    said.map(({ code }) => code),
    ['native_missing', 'native_missing'],
  )
  for (const way of ['external', "serverExternalPackages: ['eko-eps']", "'eko-eps/signer'"])
    assert.ok(said[0].message.includes(way), way)
})

test('no declaration says any', () => {
  const { files } = JSON.parse(readFileSync(new URL('contents.json', import.meta.url), 'utf8'))['eko-eps']
  const declarations = files.filter((file) => /\.d\.[cm]?ts$/.test(file))
  assert.ok(declarations.length > 20)
  for (const file of declarations) {
    const code = readFileSync(at(file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '')
    assert.doesNotMatch(code, /\bany\b/, file)
  }
})
