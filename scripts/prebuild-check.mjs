// Checks a native module before it is published. Each message says what was found in the module.
import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { buildOf, sources } from './build-id.mjs'
import { nativeFile, root } from './paths.mjs'
import { tool } from './prebuild-tools.mjs'
import { GLIBC_FLOOR } from './targets.mjs'

const MEBIBYTE = 1024 * 1024
/** Maximum size of a module, in bytes. A larger module contains something that it should not contain. */
const MAXIMUM = 10 * MEBIBYTE

const FORMAT = { linux: 'ELF', darwin: 'MACHO', win32: 'PE' }
const MACHINE = {
  ELF: { x64: 'X86_64', arm64: 'AARCH64', arm: 'ARM' },
  MACHO: { x64: 'X86_64', arm64: 'ARM64' },
  PE: { x64: 'AMD64' },
}
/** Patterns of the libraries that a module may need: only the C library and other basic libraries of the system. */
const NEEDS = {
  glibc: /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux[\w-]*\.so\.\d)$/,
  musl: /^libc\.so$/,
  darwin: /^\/usr\/lib\/lib(System\.B|iconv\.2|charset\.1)\.dylib$/,
  win32: /^(kernel32|ntdll|ws2_32|advapi32|bcrypt|bcryptprimitives|userenv|vcruntime140|api-ms-win-[\w-]+)\.dll$/i,
}
/** Pattern of the names that Node looks for in a module. */
const NODE = /^_?(napi_register_module_v1|node_api_module_get_api_version_v1)$/
/**
 * Patterns of the names that a module may export, if they are more than Node's. On macOS, zig ignores the list of
 * exports, so a few names of Rust and the linker remain. macOS looks up each name in a fixed library, so these names do
 * not collide with those of other libraries.
 */
const EXPORTS = {
  darwin:
    /^_(napi_register_module_v1|node_api_module_get_api_version_v1|_RNv\w+|rust_eh_personality|_mh_dylib_header|__dso_handle)$/,
}

const parts = (version) => version.split('.').map(Number)
const later = (a, b) => parts(a).reduce((order, part, i) => order || part - (parts(b)[i] ?? 0), 0)

/** Returns the newest version of glibc that a module needs. */
export function glibcOf({ versions = [] }) {
  const all = versions.flatMap((name) => /^GLIBC_([\d.]+)$/.exec(name)?.[1] ?? [])
  return all.sort(later).at(-1)
}

/** Returns the oldest system on which a module runs, as far as the file shows it. */
export function floor(seen) {
  if (seen.minimum) return `macOS ${seen.minimum.slice(0, 2).join('.')}`
  const glibc = glibcOf(seen)
  return glibc ? `glibc ${glibc}` : '-'
}

/** Returns the paths of the building machine that a file contains. It should contain none. */
function places(path) {
  const text = readFileSync(path, 'latin1')
  return [root, homedir(), '/.cargo/', '/.rustup/'].filter((place) => place.length > 1 && text.includes(place))
}

/** Returns the faults of a module, as sentences. */
export function faults({ os, cpu, libc, rust, macos }, seen, { profile, path }) {
  const found = []
  const must = (right, sentence) => right || found.push(sentence)
  must(seen.format === FORMAT[os], `it is ${seen.format}, not ${FORMAT[os]}`)
  const machine = MACHINE[seen.format]?.[cpu]
  must(seen.machine === machine, `it is for ${seen.machine}, not ${machine}`)
  const strange = seen.needs.filter((name) => !NEEDS[libc ?? os].test(name))
  must(strange.length === 0, `it needs ${strange.join(', ')}`)
  const foreign = seen.exports.filter((name) => !(EXPORTS[os] ?? NODE).test(name))
  must(
    foreign.length === 0,
    `it exports ${foreign.length} names that are not Node's: ${foreign.slice(0, 3).join(', ')}`,
  )
  must(
    seen.exports.some((name) => NODE.test(name)),
    'it exports nothing that Node could call',
  )
  if (libc === 'glibc') {
    const glibc = glibcOf(seen)
    must(glibc !== undefined && later(glibc, GLIBC_FLOOR) <= 0, `it needs glibc ${glibc}, newer than ${GLIBC_FLOOR}`)
  }
  if (libc === 'musl') must(glibcOf(seen) === undefined, `it needs glibc ${glibcOf(seen)}`)
  if (os === 'linux') {
    must(!seen.unloads, 'it may be unloaded while its threads run (no DF_1_NODELETE)')
    must(seen.paths.length === 0, `it looks for libraries in ${seen.paths}`)
    must(seen.symbols === 0, `it was not stripped: ${seen.symbols} symbols`)
  }
  if (os === 'darwin') {
    const minimum = seen.minimum.join('.')
    must(later(minimum, macos) <= 0, `it needs macOS ${minimum}, newer than ${macos}`)
    must(seen.signed || cpu !== 'arm64', 'it is not signed, so macOS on arm64 ends the process')
    must(seen.unsigned_pages === 0, `${seen.unsigned_pages} of its pages are not what was signed`)
    must(!seen.install_name.some((name) => name.startsWith('/')), `it calls itself ${seen.install_name}`)
  }
  const told = places(path)
  must(told.length === 0, `it tells where it was built: ${told.join(', ')}`)
  const build = buildOf(path)
  must(build?.rust === rust, `its id says ${build?.rust}, not ${rust}`)
  must(build?.profile === profile, `it was built with the profile ${build?.profile}, not ${profile}`)
  must(build?.digest === sources(), `it was built from other sources: ${build?.digest}, not ${sources()}`)
  const { size } = statSync(path)
  must(size <= MAXIMUM, `it has ${size} bytes, more than ${MAXIMUM}`)
  return found
}

/** Resolves to the properties of a module, which a Python script reads from the file. */
export async function inspect(path) {
  const script = new URL('prebuild-inspect.py', import.meta.url).pathname
  return JSON.parse(await tool('python', [script, path], { label: 'inspect' }))
}

/** Resolves to the table row of a target's module. Rejects with an error that lists all faults of the module. */
export async function check(one, profile) {
  const path = nativeFile(one.name)
  const seen = await inspect(path)
  const found = faults(one, seen, { profile, path })
  if (found.length > 0) throw new Error(`${path}:\n- ${found.join('\n- ')}`)
  return { target: one.name, size: statSync(path).size, floor: floor(seen), needs: seen.needs.join(' ') }
}

/** Returns the rows as a Markdown table. */
export function table(rows) {
  const lines = rows.map(({ target, size, floor, needs }) => {
    return `| ${target} | ${(size / MEBIBYTE).toFixed(2)} MiB | ${floor} | ${needs} |`
  })
  return ['| target | size | at least | needs |', '|---|---|---|---|', ...lines].join('\n')
}
