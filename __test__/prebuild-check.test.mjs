// Tests of the rules for a published native module, each with a module that breaks it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nativeFile } from '../scripts/paths.mjs'
import { faults, glibcOf } from '../scripts/prebuild-check.mjs'
import { TARGETS, target } from '../scripts/targets.mjs'

/**
 * Path of the module that this checkout has built. It is a quick build, so each list of faults ends with the rules that
 * this breaks.
 */
const path = nativeFile()
const all = (name, seen) => faults(target(name), seen, { profile: 'release', path })
const only = (name, seen) => all(name, seen).filter((fault) => !/^(its id|it was built|it tells)/.test(fault))

const elf = {
  format: 'ELF',
  machine: 'X86_64',
  needs: ['libc.so.6', 'libm.so.6'],
  versions: ['GLIBC_2.2.5', 'GLIBC_2.17', 'GCC_3.0'],
  unloads: false,
  paths: [],
  exports: ['napi_register_module_v1'],
  symbols: 0,
}
const macho = {
  format: 'MACHO',
  machine: 'ARM64',
  needs: ['/usr/lib/libSystem.B.dylib'],
  signed: true,
  unsigned_pages: 0,
  minimum: [10, 15, 0],
  install_name: ['@rpath/eko-eps.node'],
  exports: ['_napi_register_module_v1', '_rust_eh_personality', '__mh_dylib_header'],
}
const GOOD = {
  'linux-x64-gnu': elf,
  'linux-arm64-gnu': { ...elf, machine: 'AARCH64' },
  'linux-x64-musl': { ...elf, needs: ['libc.so'], versions: [] },
  'linux-arm64-musl': { ...elf, machine: 'AARCH64', needs: ['libc.so'], versions: [] },
  'linux-arm-gnueabihf': { ...elf, machine: 'ARM' },
  'darwin-x64': { ...macho, machine: 'X86_64' },
  'darwin-arm64': macho,
  'win32-x64-msvc': { format: 'PE', machine: 'AMD64', needs: ['KERNEL32.dll'], exports: ['napi_register_module_v1'] },
}
for (const { name } of TARGETS) {
  test(`${name}: a module as it should be has no fault`, () => assert.deepEqual(only(name, GOOD[name]), []))
}

const BROKEN = [
  [
    'linux-x64-gnu',
    { versions: ['GLIBC_2.17', 'GLIBC_2.9', 'GLIBC_2.28'] },
    /^it needs glibc 2\.28, newer than 2\.17$/,
  ],
  ['linux-x64-gnu', { versions: [] }, /^it needs glibc undefined/],
  ['linux-x64-gnu', { needs: ['libc.so.6', 'libssl.so.3'] }, /^it needs libssl\.so\.3$/],
  ['linux-x64-gnu', { needs: ['libgcc_s.so.1'] }, /^it needs libgcc_s\.so\.1$/],
  ['linux-x64-gnu', { machine: 'AARCH64' }, /^it is for AARCH64, not X86_64$/],
  ['linux-x64-gnu', { unloads: true }, /NODELETE/],
  ['linux-x64-gnu', { paths: ['/home/someone/lib'] }, /^it looks for libraries in \/home\/someone\/lib$/],
  ['linux-x64-gnu', { symbols: 9 }, /^it was not stripped: 9 symbols$/],
  ['linux-x64-gnu', { exports: [] }, /^it exports nothing/],
  ['linux-x64-gnu', { exports: ['napi_register_module_v1', 'sqlite3_open'] }, /^it exports 1 names .*: sqlite3_open$/],
  ['linux-x64-musl', { versions: ['GLIBC_2.17'] }, /^it needs glibc 2\.17$/],
  ['linux-x64-musl', { needs: ['libc.so.6'] }, /^it needs libc\.so\.6$/],
  ['darwin-arm64', { unsigned_pages: 2 }, /^2 of its pages are not what was signed$/],
  ['darwin-arm64', { minimum: [15, 0, 0] }, /^it needs macOS 15\.0\.0, newer than 11\.0$/],
  [
    'darwin-arm64',
    { exports: ['_napi_register_module_v1', '_sqlite3_open'] },
    /^it exports 1 names .*: _sqlite3_open$/,
  ],
  ['darwin-arm64', { exports: ['_rust_eh_personality'] }, /^it exports nothing/],
  ['darwin-arm64', { install_name: ['/somewhere/lib.dylib'] }, /^it calls itself \/somewhere/],
  ['linux-x64-gnu', { exports: ['napi_register_module_v1', 'rust_eh_personality'] }, /^it exports 1 names/],
  ['darwin-arm64', { signed: false }, /^it is not signed/],
  ['darwin-arm64', { needs: ['/System/Library/Frameworks/Security.framework/Security'] }, /^it needs .*Security$/],
  ['darwin-x64', { format: 'ELF' }, /^it is ELF, not MACHO$/],
  ['win32-x64-msvc', { needs: ['libgcc_s_seh-1.dll'] }, /^it needs libgcc_s_seh-1\.dll$/],
]
for (const [name, change, told] of BROKEN) {
  test(`${name} with ${JSON.stringify(change)}: ${told.source}`, () => {
    assert.ok(
      only(name, { ...GOOD[name], ...change }).some((fault) => told.test(fault)),
      JSON.stringify(all(name, { ...GOOD[name], ...change })),
    )
  })
}

test('versions are compared as numbers', () => {
  assert.equal(glibcOf({ versions: ['GLIBC_2.9', 'GLIBC_2.17', 'GLIBC_2.2.5'] }), '2.17')
  assert.equal(glibcOf({ versions: [] }), undefined)
})

test('refuses a build of another profile or for another target', () => {
  const profile = faults(target('linux-x64-gnu'), elf, { profile: 'another', path })
  assert.ok(profile.some((fault) => /^it was built with the profile \w+, not another$/.test(fault)))
  const id = faults(target('linux-x64-musl'), GOOD['linux-x64-musl'], { profile: 'another', path })
  assert.ok(id.some((fault) => /^its id says [\w-]+, not x86_64-unknown-linux-musl$/.test(fault)))
})
