// Installs what the tests of this folder need, if it is missing, and runs them.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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

const TESTS = ['workflows.test.mjs', 'release.test.mjs'].map(at)
const lock = readFileSync(at('package-lock.json'), 'utf8')
const marker = at('node_modules/.eko-eps-lock')
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== lock) {
  const code = await run(npm, ['ci', '--no-audit', '--no-fund'], at('.'))
  if (code !== 0) process.exit(1)
  writeFileSync(marker, lock)
}
process.exitCode = await run(process.execPath, ['--test', '--test-reporter=spec', ...TESTS], at('.'))
