// Installs what the tests of this folder need, if it is missing, and runs them. With words it runs only the files whose
// names contain one.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runTests } from '../support/node-tests.mjs'
import { install } from '../support/tools.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

install(at('server'))
const words = process.argv.slice(2)
const named = (name) => words.length === 0 || words.some((word) => name.includes(word))
const tests = readdirSync(at('.')).filter((name) => name.endsWith('.test.mjs') && named(name))
runTests(tests.map(at))
