// A smoke test of Windows: the module built for x86_64-pc-windows-gnu runs in Node for Windows, in wine. This build
// stays in target; only the msvc build of the release workflow is published.
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { cargoArguments, publishedFlags } from '../../scripts/build.mjs'
import { buildId } from '../../scripts/build-id.mjs'
import { at } from '../../scripts/paths.mjs'
import { tool, tools } from '../../scripts/prebuild-tools.mjs'
import { run } from '../../scripts/run.mjs'
import { library } from '../../scripts/targets.mjs'
import { flow } from './flow.mjs'
import { windowsNode } from './wine.mjs'

export const RUST = 'x86_64-pc-windows-gnu'
const PROFILE = 'release'
/** The package that the loader looks for on Windows. In the test's application it contains this build. */
const PACKAGE = 'win32-x64-msvc'

/**
 * Makes an empty library `libnode`. Node's functions are looked up when the module is loaded, as with msvc, but
 * napi-build still links a library.
 */
function noLibnode() {
  const folder = at('target', 'prebuilt', 'no-libnode')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/libnode.dll`, '')
  writeFileSync(`${folder}/libnode.a`, '!<arch>\n')
  return folder
}

async function build() {
  await run('rustup', ['target', 'add', RUST], { label: `rustup target add ${RUST}` })
  await tool('cargo-zigbuild', [...cargoArguments(PROFILE, 'node,napi/dyn-symbols'), '--target', RUST], {
    label: 'build for Windows',
    env: {
      ...buildId(RUST, PROFILE),
      LIBNODE_PATH: noLibnode(),
      // mimalloc's own message contains the date, which zig forbids by default.
      [`CFLAGS_${RUST.replaceAll('-', '_')}`]: '-Wno-date-time',
      CARGO_ENCODED_RUSTFLAGS: publishedFlags().join('\u001f'),
    },
  })
  return at('target', RUST, PROFILE, library({ os: 'win32' }))
}

/** Returns the row for the table in docs/evidence/platforms.md. */
export async function windows() {
  await tools()
  const file = await build()
  const { version, golden } = await flow(PACKAGE, windowsNode, file)
  const size = `${(statSync(file).size / 1024 / 1024).toFixed(2)} MiB`
  return [`${RUST}, a smoke test`, size, '-', "in Debian's wine; it is not published", version, golden]
}

if (process.argv[1] === at('__test__', 'prebuilt', 'windows.mjs')) {
  console.log(`| ${(await windows()).join(' | ')} |`)
  console.log('windows in wine: 1 passed, 0 failed')
}
