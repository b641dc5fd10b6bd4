// Installs what the tests of this folder need, if it is missing, and runs them, or those whose names contain a word that is given.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: 'inherit', shell: program.endsWith('.cmd') })
    child.on('error', reject)
    child.on('close', resolve)
  })
}

const lock = readFileSync(at('server/package-lock.json'), 'utf8')
const marker = at('server/node_modules/.eko-eps-lock')
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== lock) {
  const code = await run(npm, ['ci', '--no-audit', '--no-fund'], at('server'))
  if (code !== 0) process.exit(1)
  writeFileSync(marker, lock)
}
const words = process.argv.slice(2)
const tests = readdirSync(at('.')).filter(
  (name) => name.endsWith('.test.mjs') && (words.length === 0 || words.some((word) => name.includes(word))),
)
process.exitCode = await run(
  process.execPath,
  ['--test', '--test-reporter=spec', ...tests.map((name) => at(name))],
  at('.'),
)
