// Installs the registry and the package managers, if they are missing, and runs the tests; with `wide` all
// combinations.
import { fileURLToPath } from 'node:url'
import { runTests } from '../support/node-tests.mjs'
import { install } from '../support/tools.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

install(at('.'))
runTests([at(process.argv[2] === 'wide' ? 'wide.test.mjs' : 'install.test.mjs')])
