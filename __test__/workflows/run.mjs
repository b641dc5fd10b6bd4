// Installs what the tests of this folder need, if it is missing, and runs them.
import { fileURLToPath } from 'node:url'
import { runTests } from '../support/node-tests.mjs'
import { install } from '../support/tools.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

install(at('.'))
runTests(['workflows.test.mjs', 'release.test.mjs'].map(at))
