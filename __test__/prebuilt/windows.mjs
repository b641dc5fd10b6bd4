// A smoke test of Windows: the module built for x86_64-pc-windows-gnu, in Node for Windows, in wine. What is published
// is the msvc build of the release workflow alone; this one is never more than a file in target.
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
/** The package that the loader looks for on Windows; the application of the test has this build in its place. */
const PACKAGE = 'win32-x64-msvc'

/** Node's functions are looked up when the module is loaded, as msvc does; napi-build wants a library to link all the same. */
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
      // mimalloc's own message holds the date, which zig would forbid.
      [`CFLAGS_${RUST.replaceAll('-', '_')}`]: '-Wno-date-time',
      CARGO_ENCODED_RUSTFLAGS: publishedFlags().join('\u001f'),
    },
  })
  return at('target', RUST, PROFILE, library({ os: 'win32' }))
}

/** The row of the table in docs/evidence/platforms.md. */
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
