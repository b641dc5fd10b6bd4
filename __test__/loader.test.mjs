// What a person reads when the native module is missing or wrong.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { node } from './support/child.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
let home

/** The package without any native module, as npm leaves it when optional dependencies are dropped. */
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

/** Puts a package of this name beside it. */
function install(name, code) {
  const target = join(home, 'node_modules', '@eko-eps', name)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name: `@eko-eps/${name}`, version, main: 'index.js' }))
  writeFileSync(join(target, 'index.js'), code)
  return () => rmSync(target, { recursive: true })
}

const set = (name, value) => `Object.defineProperty(process, '${name}', { value: ${JSON.stringify(value)} })`
const noGlibc = 'process.report.getReport = () => ({ header: {} })'
const glibc = "process.report.getReport = () => ({ header: { glibcVersionRuntime: '2.36' } })"

test('a missing package: platform, libc, package, cause and fix are named', async () => {
  const { code, stderr } = await load(`${set('platform', 'linux')}; ${set('arch', 'x64')}; ${glibc}`)
  assert.notEqual(code, 0)
  assert.match(stderr, /linux on x64, libc: glibc 2\.36/)
  assert.match(stderr, /@eko-eps\/linux-x64-gnu/)
  assert.match(stderr, /optional dependencies were left out/)
  assert.match(stderr, /Fix: .*npm install/)
  assert.match(stderr, /code: 'native_missing'/)
})

test('another libc: musl is named, and which packages there are', async () => {
  const { code, stderr } = await load(`${set('platform', 'linux')}; ${set('arch', 'x64')}; ${noGlibc}`)
  assert.notEqual(code, 0)
  assert.match(stderr, /libc: musl/)
  assert.match(stderr, /@eko-eps\/linux-x64-musl/)
  assert.match(stderr, /there is: @eko-eps\/linux-x64-gnu/)
})

test('another platform: it is named, and which packages there are', async () => {
  const { code, stderr } = await load(`${set('platform', 'sunos')}; ${set('arch', 'riscv64')}`)
  assert.notEqual(code, 0)
  assert.match(stderr, /sunos on riscv64/)
  assert.match(stderr, /there is: @eko-eps\/linux-x64-gnu/)
})

test('a module of another version: both versions and the fix are named', async () => {
  const remove = install('linux-x64-gnu', "exports.version = '9.9.9'")
  const { code, stderr } = await load(`${set('platform', 'linux')}; ${set('arch', 'x64')}`)
  remove()
  assert.notEqual(code, 0)
  assert.ok(stderr.includes(`eko-eps ${version} has found a native module of version 9.9.9`), stderr)
  assert.match(stderr, /Fix: delete node_modules/)
  assert.match(stderr, /code: 'native_version'/)
})

test('a module that does not load: its own reason is told', async () => {
  const remove = install('linux-x64-gnu', "throw new Error('libc.musl-x86_64.so.1: cannot open shared object file')")
  const { code, stderr } = await load(`${set('platform', 'linux')}; ${set('arch', 'x64')}; ${glibc}`)
  remove()
  assert.notEqual(code, 0)
  assert.match(stderr, /Tried: libc\.musl-x86_64\.so\.1: cannot open shared object file/)
})

test('the native module has the version of the package', async () => {
  const { native } = await import('../dist/native.js')
  assert.equal(native.version, version)
})
