// The packed wasm signer in every runtime. Prints a line for each: `workerd: 13 passed, 0 failed`.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const marker = join(here, 'node_modules', '.installed')
const wanted = createHash('sha256')
  .update(readFileSync(join(here, 'package-lock.json')))
  .digest('hex')
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
  console.log('installing the runtimes')
  // Not npm ci: it wants the packages of every platform in the lock file, and not every registry has them all.
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  writeFileSync(marker, wanted)
}

const [{ RUNTIMES }, { stage }, { COUNT }] = await Promise.all([
  import('./runtimes.mjs'),
  import('./stage.mjs'),
  import('./suite.mjs'),
])
const home = stage()
let failed = 0
try {
  for (const start of RUNTIMES) {
    const ran = await start(home)
    for (const { name, version, result } of [ran].flat()) {
      for (const fault of result.faults) console.error(`${name} ${version}: ${fault}`)
      // A test that did not run is a failure.
      const lost = COUNT - result.passed - result.failed
      const faults = result.failed + Math.max(lost, 0)
      failed += faults
      console.log(`${name} (${version}): ${result.passed} passed, ${faults} failed`)
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
