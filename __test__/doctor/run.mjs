// Installs what the tests of the doctor's page need, if it is missing, and runs them in Chromium.
import { fileURLToPath } from 'node:url'
import { runTests } from '../support/node-tests.mjs'
import { install } from '../support/tools.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

install(at('.'))
install(at('../runtimes'))
runTests([at('page.test.mjs')])
