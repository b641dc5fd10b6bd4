// An application that has installed the packed signer, and the bundles of it that some runtimes want.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Makes the application's folder; `tarball` is packed from the sources unless given. */
export function stage() {
  const home = mkdtempSync(join(tmpdir(), 'eko-eps-runtimes-'))
  const npm = (args) => execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const json = npm(['pack', '--json', '--pack-destination', home])
  const [{ filename }] = JSON.parse(json.slice(json.indexOf('[')))
  const target = join(home, 'node_modules', 'eko-eps')
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', join(home, filename), '--strip-components=1', '-C', target])
  cpSync(join(here, 'apps'), home, { recursive: true })
  cpSync(join(here, 'suite.mjs'), join(home, 'suite.mjs'))
  cpSync(join(here, '..', 'vectors.json'), join(home, 'vectors.json'))
  const dependencies = { 'eko-eps': JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')).version }
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'app', private: true, dependencies }))
  return home
}
