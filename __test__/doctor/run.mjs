// Installs what the tests of the doctor's page need, if it is missing, and runs them in Chromium.
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

/** Installs a folder's packages, unless they are what its lock file says. */
export async function install(folder) {
  const lock = readFileSync(at(`${folder}/package-lock.json`), 'utf8')
  const marker = at(`${folder}/node_modules/.eko-eps-lock`)
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return
  // Not npm ci: it wants the packages of every platform in the lock file, and not every registry has them all.
  const code = await run(npm, ['install', '--no-save', '--no-audit', '--no-fund'], at(folder))
  if (code !== 0) process.exit(1)
  writeFileSync(marker, lock)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await install('.')
  await install('../runtimes')
  process.exitCode = await run(process.execPath, ['--test', '--test-reporter=spec', at('page.test.mjs')], at('.'))
}
