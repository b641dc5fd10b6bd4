// Builds the prebuilt native modules into npm/*, for all systems: `node scripts/prebuild.mjs [name...]`. `--quick` uses
// the quick profile, for trials. `--check` builds nothing and checks the existing modules. Needs Linux, Rust with
// rustup, and Python.
import { existsSync } from 'node:fs'
import { cargoArguments, place, publishedFlags } from './build.mjs'
import { buildId } from './build-id.mjs'
import { at, nativeFile } from './paths.mjs'
import { check, table } from './prebuild-check.mjs'
import { tool, tools } from './prebuild-tools.mjs'
import { run } from './run.mjs'
import { GLIBC_FLOOR, library, TARGETS, target } from './targets.mjs'

const options = process.argv.slice(2).filter((word) => word.startsWith('--'))
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const unknown = options.filter((option) => !['--quick', '--check'].includes(option))
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are --quick and --check`)
const profile = options.includes('--quick') ? 'quick' : 'release'
const buildable = TARGETS.filter(({ zig }) => zig)

/** Returns the compiler flags of a target, in addition to the flags of every published module. */
function flags({ os, libc, name }) {
  // A shared library cannot contain its own C library. It must use the C library of Node.
  if (libc === 'musl') return ['-Ctarget-feature=-crt-static']
  // Without this flag, the linker writes the path of the build into the file.
  if (os === 'darwin') return [`-Clink-arg=-Wl,-install_name,@rpath/eko-eps.${name}.node`]
  return []
}

/**
 * Returns environment variables for macOS. Without them, zig builds for the newest macOS, and exports every name of
 * SQLite that is not hidden.
 */
function environment({ os, rust, macos }) {
  if (os !== 'darwin') return {}
  return { MACOSX_DEPLOYMENT_TARGET: macos, [`CFLAGS_${rust.replaceAll('-', '_')}`]: '-fvisibility=hidden' }
}

async function build(one) {
  await run('rustup', ['target', 'add', one.rust], { label: `rustup target add ${one.rust}` })
  const triple = one.libc === 'glibc' ? `${one.rust}.${GLIBC_FLOOR}` : one.rust
  await tool('cargo-zigbuild', [...cargoArguments(profile), '--target', triple], {
    label: `prebuild ${one.name}`,
    env: {
      ...buildId(one.rust, profile),
      ...environment(one),
      CARGO_ENCODED_RUSTFLAGS: [...publishedFlags(), ...flags(one)].join('\u001f'),
    },
  })
  place(at('target', one.rust, profile, library(one)), one)
}

await tools()
if (options.includes('--check')) {
  const there = words.length > 0 ? words.map(target) : TARGETS.filter(({ name }) => existsSync(nativeFile(name)))
  const rows = []
  for (const one of there) rows.push(await check(one, profile))
  console.log(table(rows))
} else {
  const rows = []
  for (const one of words.length > 0 ? words.map(target) : buildable) {
    if (!one.zig) throw new Error(`${one.name} cannot be built here: the release workflow builds it on its own system`)
    await build(one)
    rows.push(await check(one, profile))
    console.log(table(rows.slice(-1)))
  }
  console.log(`\n${table(rows)}`)
}
