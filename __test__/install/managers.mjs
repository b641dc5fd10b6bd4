// Adds the package to an empty folder with each package manager, also for another platform.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { node, succeed } from './programs.mjs'

const bin = (...path) => fileURLToPath(new URL(join('node_modules', ...path), import.meta.url))
/** The npm that comes with Node 20 and 22. The newest npm is the one in PATH. */
export const NPM_10 = bin('npm', 'bin/npm-cli.js')
const PNPM = bin('pnpm', 'bin/pnpm.cjs')
const CLASSIC = bin('yarn', 'bin/yarn.js')
const BERRY = bin('@yarnpkg/cli-dist', 'bin/yarn.js')

/** Returns flags such as `--os=linux --cpu=arm64 --libc=musl`, as npm and pnpm take them. */
function flags(platform) {
  return Object.entries(platform).map(([name, value]) => `--${name}=${value}`)
}

/** Returns the settings in which Yarn reads the platform. */
function settings(linker, platform) {
  const list = Object.entries(platform).map(([name, value]) => `  ${name}: ["${value}"]`)
  // Yarn by default refuses packages that were published a moment ago; the gate of 0 allows them.
  return `nodeLinker: ${linker}\nnpmMinimalAgeGate: 0\npnpEnableEsmLoader: true\n${list.length > 0 ? `supportedArchitectures:\n${list.join('\n')}\n` : ''}`
}

const berry = (linker) => ({
  add(home, { env }, platform) {
    writeFileSync(join(home, '.yarnrc.yml'), settings(linker, platform))
    writeFileSync(join(home, 'yarn.lock'), '')
    return node([BERRY, 'add', 'eko-eps'], { cwd: home, env })
  },
  /** Returns the arguments to start a program, because a package may lie in an archive. */
  start: (home) =>
    linker === 'pnp' ? ['--require', join(home, '.pnp.cjs'), '--loader', join(home, '.pnp.loader.mjs')] : [],
  chosen: (home) => (linker === 'pnp' ? unplugged(home) : plain(home)),
  typescript: linker !== 'pnp',
  platforms: true,
})

/** Returns the targets whose packages are in node_modules. */
function plain(home) {
  const folder = join(home, 'node_modules', '@eko-eps')
  return existsSync(folder) ? readdirSync(folder) : []
}

/** Returns the targets whose packages Yarn has unpacked: a native module cannot be loaded from an archive. */
function unplugged(home) {
  const folder = join(home, '.yarn', 'unplugged')
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.flatMap((name) => /^@eko-eps-(.*)-npm-/.exec(name)?.[1] ?? [])
}

const simple = { start: () => [], chosen: plain, typescript: true, platforms: true }

export const MANAGERS = {
  npm: {
    ...simple,
    add: (home, { env }, platform) => succeed('npm', ['install', 'eko-eps', ...flags(platform)], { cwd: home, env }),
  },
  'npm 10': {
    ...simple,
    add: (home, { env }, platform) => node([NPM_10, 'install', 'eko-eps', ...flags(platform)], { cwd: home, env }),
  },
  pnpm: {
    ...simple,
    add: (home, { env }, platform) => node([PNPM, 'add', 'eko-eps', ...flags(platform)], { cwd: home, env }),
    chosen(home) {
      const names = readdirSync(join(home, 'node_modules', '.pnpm'))
      return names.flatMap((name) => /^@eko-eps\+(.*)@/.exec(name)?.[1] ?? [])
    },
  },
  'yarn 1': {
    ...simple,
    // Yarn 1 knows neither these flags nor libc. On Linux it installs both packages, and the loader chooses.
    platforms: false,
    add: (home, { env }) => node([CLASSIC, 'add', 'eko-eps', '--non-interactive'], { cwd: home, env }),
  },
  'yarn 4': berry('node-modules'),
  'yarn 4, pnp': berry('pnp'),
}

/** Makes an empty folder and adds the package to it. */
export async function consumer(parent, name, registry, manager = 'npm', platform = {}, fields = {}) {
  const home = join(parent, name)
  mkdirSync(home, { recursive: true })
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, ...fields }),
  )
  await MANAGERS[manager].add(home, registry, platform)
  return home
}
