// Tests of the error that a person reads when the native module is missing or wrong.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildOf, sources } from '../scripts/build-id.mjs'
import { nativeFile } from '../scripts/paths.mjs'
import { disagreeing } from '../scripts/version.mjs'
import { node } from './support/child.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const FOR_NODE = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'silent' }
let home

/** Installs the package without any native module, as npm leaves it when optional dependencies are dropped. */
before(() => {
  home = mkdtempSync(join(tmpdir(), 'eko-eps-loader-'))
  const target = join(home, 'node_modules', 'eko-eps')
  mkdirSync(target, { recursive: true })
  cpSync(join(root, 'dist'), join(target, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(target, 'package.json'))
})
after(() => rmSync(home, { recursive: true, force: true }))

/** Loads the package in a process whose `process` object was altered first. */
function load(alter = '') {
  return node(['-e', `${alter}; require('eko-eps')`], { cwd: home })
}

/** Installs a platform package of this name. */
function install(name, code) {
  const target = join(home, 'node_modules', '@eko-eps', name)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name: `@eko-eps/${name}`, version, main: 'index.js' }))
  writeFileSync(join(target, 'index.js'), code)
  return () => rmSync(target, { recursive: true })
}

const set = (name, value) => `Object.defineProperty(process, '${name}', { value: ${JSON.stringify(value)} })`
const on = (platform, arch) => `${set('platform', platform)}; ${set('arch', arch)}`
/** Replaces what /proc/self/maps says; `undefined` makes it unreadable. */
const maps = (line) => `{
  const fs = require('fs'), read = fs.readFileSync
  fs.readFileSync = (path, ...rest) => {
    if (path !== '/proc/self/maps') return read(path, ...rest)
    ${line === undefined ? "throw new Error('EACCES')" : `return ${JSON.stringify(`7f00-7f01 r-xp 0 fe:00 1  ${line}\n`)}`}
  }
}`
/** Replaces the loader that the running program asks for; `undefined` makes the program unreadable. */
const program = (loader) => {
  const path = join(home, `program-${loader?.replaceAll('/', '-')}`)
  if (loader !== undefined) writeFileSync(path, `\x7fELF${'\0'.repeat(600)}${loader}\0`)
  return set('execPath', path)
}
const report = (header) => `process.report.getReport = () => ({ header: ${JSON.stringify(header)} })`
const version236 = report({ glibcVersionRuntime: '2.36' })
const glibc = () => `${program('/lib64/ld-linux-x86-64.so.2')}; ${version236}`
const musl = () => `${program('/lib/ld-musl-x86_64.so.1')}; ${report({})}`

/** Loads the package where it must fail. Returns the error that a person reads. */
async function failure(...alter) {
  const { code, stderr } = await load(alter.map((part) => (typeof part === 'function' ? part() : part)).join('; '))
  assert.equal(code, 1, stderr)
  return stderr
}

test('a missing package error names platform, cause and fix', async () => {
  const text = await failure(on('linux', 'x64'), glibc)
  assert.match(text, /This is linux on x64, libc: glibc 2\.36, Node v\d+/)
  assert.match(text, /the package it needs is @eko-eps\/linux-x64-gnu\./)
  assert.match(
    text,
    /Usual cause: optional dependencies were left out, by --omit=optional .*package-lock\.json.*another system/,
  )
  assert.ok(text.includes(`npm install --save-optional @eko-eps/linux-x64-gnu@${version}`), text)
  assert.match(text, /code: 'native_missing'/)
})

const WANTED = [
  ['linux', 'x64', musl, 'linux-x64-musl', 'libc: musl'],
  ['linux', 'arm64', glibc, 'linux-arm64-gnu', 'libc: glibc 2.36'],
  ['linux', 'arm64', musl, 'linux-arm64-musl', 'libc: musl'],
  ['linux', 'arm', glibc, 'linux-arm-gnueabihf', 'libc: glibc 2.36'],
  ['linux', 'arm', () => program('/lib/ld-linux-armhf.so.3'), 'linux-arm-gnueabihf', 'libc: glibc'],
  ['darwin', 'arm64', '', 'darwin-arm64', 'darwin on arm64, Node'],
  ['darwin', 'x64', '', 'darwin-x64', 'darwin on x64, Node'],
  ['win32', 'x64', '', 'win32-x64-msvc', 'win32 on x64, Node'],
]
for (const [platform, arch, alter, wanted, named] of WANTED) {
  test(`${named} (${platform} on ${arch}) wants ${wanted}`, async () => {
    const text = await failure(on(platform, arch), alter)
    assert.ok(text.includes(`the package it needs is @eko-eps/${wanted}.`), text)
    assert.ok(text.includes(named), text)
    assert.match(text, /Usual cause: optional dependencies/)
  })
}

/** Programs that do not show which libc is used: without a loader, unreadable, or for glibc on a musl system. */
const UNCERTAIN = {
  'asks for no loader': () => program(''),
  'cannot be read': () => program(undefined),
  'runs by gcompat': () => `${program('/lib/ld-linux-x86-64.so.2')}; {
    const fs = require('fs'), exists = fs.existsSync
    fs.existsSync = (path) => path === '/lib/libgcompat.so.0' || exists(path)
  }`,
}
for (const [what, alter] of Object.entries(UNCERTAIN)) {
  for (const [line, wanted] of [
    ['/usr/lib/x86_64-linux-gnu/libc.so.6', 'linux-x64-gnu'],
    ['/lib/libc-2.31.so', 'linux-x64-gnu'],
    ['/lib/ld-musl-x86_64.so.1', 'linux-x64-musl'],
  ]) {
    test(`the program ${what}: mapped files tell the libc: ${line}`, async () => {
      const text = await failure(on('linux', 'x64'), alter, maps(line), report({}))
      assert.ok(text.includes(`the package it needs is @eko-eps/${wanted}.`), text)
    })
  }
}

for (const [header, wanted] of [
  [{ glibcVersionRuntime: '2.17' }, 'linux-x64-gnu'],
  [{}, 'linux-x64-musl'],
]) {
  test(`without /proc Node's report tells the libc: ${wanted}`, async () => {
    const text = await failure(on('linux', 'x64'), () => program(''), maps(undefined), report(header))
    assert.ok(text.includes(`the package it needs is @eko-eps/${wanted}.`), text)
  })
}

test('excludes the network from the report, restores the setting', async () => {
  const alter = `process.report.excludeNetwork = false; process.report.getReport = () => (
    console.log('excluded', process.report.excludeNetwork), { header: {} })
    process.on('exit', () => console.log('after', process.report.excludeNetwork))`
  const { stdout } = await load(`${on('linux', 'x64')}; ${program('')}; ${maps(undefined)}; ${alter}`)
  assert.match(stdout, /^(excluded true\n)+after false\n$/)
})

test('another platform: it is named, and which packages there are', async () => {
  const text = await failure(on('sunos', 'riscv64'))
  assert.match(text, /sunos on riscv64/)
  for (const name of Object.keys(optionalDependencies)) assert.ok(text.includes(name), name)
  assert.match(text, /or build the module from the sources/)
})

test('reports a package of another system as the cause', async () => {
  const remove = install('darwin-arm64', 'process.exit(77)')
  const text = await failure(on('linux', 'x64'), glibc)
  remove()
  assert.match(text, /Cause: node_modules was installed on another system: it contains @eko-eps\/darwin-arm64/)
})

test('never loads the glibc package on musl', async () => {
  const remove = install('linux-x64-gnu', 'process.exit(77)')
  const text = await failure(on('linux', 'x64'), musl)
  remove()
  assert.match(text, /libc: musl/)
  assert.match(text, /it contains @eko-eps\/linux-x64-gnu/)
})

test('a version mismatch error names both versions, build and fix', async () => {
  const remove = install('linux-x64-gnu', "exports.version = '9.9.9'; exports.build = 'eko-eps-build:9.9.9'")
  const text = await failure(on('linux', 'x64'), glibc)
  remove()
  assert.ok(text.includes(`eko-eps ${version} has found a native module of version 9.9.9`), text)
  assert.ok(text.includes('(@eko-eps/linux-x64-gnu, eko-eps-build:9.9.9)'), text)
  assert.match(text, /Fix: delete node_modules/)
  assert.match(text, /code: 'native_version'/)
})

const BROKEN = {
  'a module that does not load': "throw new Error('libc.musl-x86_64.so.1: cannot open shared object file')",
  'a file that is no module': "process.dlopen({ exports: {} }, require.resolve('./package.json'))",
  'a package without its file': "require('./eko-eps.linux-x64-gnu.node')",
}
for (const [name, code] of Object.entries(BROKEN)) {
  test(`${name}: its own reason is told, and what to do`, async () => {
    const remove = install('linux-x64-gnu', code)
    const text = await failure(on('linux', 'x64'), glibc)
    remove()
    assert.match(
      text,
      /Tried: .*(cannot open shared object file|invalid ELF header|file too short|Cannot find module '\.\/eko-eps)/,
    )
    assert.match(text, /The package is installed, but its file cannot be loaded/)
    assert.match(text, /Fix: delete node_modules/)
    assert.match(text, /code: 'native_broken'/)
  })
}

test('inside a bundle: the way out is named', async () => {
  const bundle = join(home, 'bundle.cjs')
  await build({ entryPoints: [join(home, 'node_modules/eko-eps/dist/index.js')], outfile: bundle, ...FOR_NODE })
  const { code, stderr } = await node([bundle], { cwd: home })
  assert.equal(code, 1)
  assert.match(
    stderr,
    /in a bundle, a browser or an edge runtime: mark eko-eps as external .*serverExternalPackages.*eko-eps\/signer/,
  )
  assert.doesNotMatch(stderr, /cause:/i)
})

test('the native module reports its version and source digest', async () => {
  const { native } = await import('../dist/core.js')
  assert.equal(native.version, version)
  const { id, digest } = buildOf(nativeFile())
  assert.equal(native.build, id)
  assert.equal(digest, sources())
})

test('all manifests have one version, and a mismatch is detected', () => {
  assert.deepEqual(disagreeing(), [])
  const all = disagreeing('9.9.9')
  for (const path of [
    'package.json',
    'package-lock.json',
    'Cargo.toml',
    'Cargo.lock',
    'fuzz/Cargo.lock',
    'js/native/version.ts',
  ])
    assert.ok(all.includes(path), path)
  assert.equal(all.filter((path) => path.startsWith('npm/')).length, Object.keys(optionalDependencies).length)
})
