// Tests of installing the package as users do: from a registry, for every platform, in every kind of project.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { json, platform } from '../../scripts/paths.mjs'
import { TARGETS } from '../../scripts/targets.mjs'
import { LAYOUTS, runLayout } from './layouts.mjs'
import { consumer, MANAGERS, NPM_10 } from './managers.mjs'
import { node, run, succeed } from './programs.mjs'
import { publish, registry } from './registry.mjs'

const { version } = json('package.json')
const golden = json('__test__', 'vectors.json').secretKey[0].secretKey
const apps = fileURLToPath(new URL('apps', import.meta.url))
const here = platform()
const all = TARGETS.map(({ name }) => name).sort()
let folder
let eps
let home

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eko-eps-install-'))
  eps = await registry(folder)
  // For other targets only the choice of the package is tested, because their modules cannot be loaded here.
  await publish(eps, folder, (one) => one.name === here)
  home = await consumer(folder, 'consumer', eps)
  cpSync(apps, home, { recursive: true })
})
after(async () => {
  await eps.close()
  rmSync(folder, { recursive: true, force: true })
})

const os = ({ os, cpu, libc }) => ({ os, cpu, ...(libc ? { libc } : {}) })

/** Loads the package where it must fail. Returns the error that a person reads. */
async function failure(cwd) {
  const { code, stderr } = await run(process.execPath, ['-e', "require('eko-eps')"], { cwd, env: eps.env })
  assert.equal(code, 1, stderr)
  return stderr
}

test('installs only the package and the module of this platform', async () => {
  const manifest = JSON.parse(readFileSync(join(home, 'node_modules', 'eko-eps', 'package.json'), 'utf8'))
  assert.deepEqual(Object.keys(manifest.optionalDependencies).sort(), all.map((name) => `@eko-eps/${name}`).sort())
  assert.deepEqual(
    readdirSync(join(home, 'node_modules'))
      .filter((name) => !name.startsWith('.'))
      .sort(),
    ['@eko-eps', 'eko-eps'],
  )
  assert.deepEqual(MANAGERS.npm.chosen(home), [here])
})

for (const name of Object.keys(LAYOUTS)) {
  test(`npm, ${name}: compiles, runs, and its process ends by itself`, async () => {
    const printed = await runLayout(home, name, eps)
    assert.ok(printed.startsWith(golden), printed)
    assert.match(printed, /notEnrolled\n$|GET other\n$/)
  })
}

for (const one of TARGETS) {
  const wanted = os(one)
  test(`npm install ${Object.entries(wanted)
    .map(([name, value]) => `--${name}=${value}`)
    .join(' ')}: ${one.name}`, async () => {
    const other = await consumer(folder, `for-${one.name}`, eps, 'npm', wanted)
    assert.deepEqual(MANAGERS.npm.chosen(other), [one.name])
  })
}

test('for a wrong platform names the found and the needed package', async () => {
  const text = await failure(join(folder, 'for-linux-arm64-musl'))
  assert.match(text, /it contains @eko-eps\/linux-arm64-musl/)
  assert.ok(text.includes(`the package it needs is @eko-eps/${here}.`), text)
})

/** Runs `npm ci` in a new folder, with another folder's lock file that `change` has changed. */
async function ci(name, from, change, ...flags) {
  const clean = join(folder, name)
  mkdirSync(clean)
  cpSync(join(folder, from, 'package.json'), join(clean, 'package.json'))
  const lock = JSON.parse(readFileSync(join(folder, from, 'package-lock.json'), 'utf8'))
  change(lock)
  writeFileSync(join(clean, 'package-lock.json'), JSON.stringify(lock))
  await node([NPM_10, 'ci', ...flags], { cwd: clean, env: eps.env })
  return clean
}

test('npm ci installs this platform from a full lock file', async () => {
  const clean = await ci('whole-lock', 'for-darwin-arm64', () => {})
  assert.deepEqual(MANAGERS.npm.chosen(clean), [here])
})

/**
 * Returns a change that leaves only this platform package in a lock file. npm writes such a file if node_modules was
 * made on another platform.
 */
function only(name) {
  return ({ packages }) => {
    for (const other of all) if (other !== name) delete packages[`node_modules/@eko-eps/${other}`]
  }
}

test('a lock file without this platform fails with cause and fix', async () => {
  const clean = await ci('other-lock', 'for-darwin-arm64', only('darwin-arm64'))
  assert.deepEqual(MANAGERS.npm.chosen(clean), [])
  const text = await failure(clean)
  assert.ok(text.includes(`the package it needs is @eko-eps/${here}.`), text)
  assert.match(text, /optional dependencies were left out, .*package-lock\.json or node_modules made on another system/)
  const [, fix] = /or run "npm (install --save-optional [^"]*)"/.exec(text)
  await node([NPM_10, ...fix.split(' ')], { cwd: clean, env: eps.env })
  const { optionalDependencies: added } = JSON.parse(readFileSync(join(clean, 'package.json'), 'utf8'))
  assert.ok(added[`@eko-eps/${here}`])
  await node(['-e', "require('eko-eps')"], { cwd: clean, env: eps.env })
})

test('npm ci --omit=optional: the error names that as the cause', async () => {
  const clean = await ci('omitted', 'consumer', () => {}, '--omit=optional')
  assert.match(await failure(clean), /optional dependencies were left out, by --omit=optional/)
})

test('worker threads', async () => {
  const printed = await node(['threads.mjs'], { cwd: home, env: eps.env })
  assert.deepEqual(printed.trim().split('\n').sort(), ['ended 0 0 0 0', ...Array(5).fill('notEnrolled')].sort())
})

test('cluster', async () => {
  const printed = await node(['cluster.mjs'], { cwd: home, env: eps.env })
  assert.equal(printed, 'notEnrolled notEnrolled ended 0 0\n')
})

test('two copies of the package in one process', async () => {
  const other = await consumer(folder, 'second', eps)
  const printed = await node(['copies.cjs', home, other], { cwd: home, env: eps.env })
  assert.equal(printed, 'notEnrolled notEnrolled two classes 2 modules 0 open journal.unavailable\n')
})

test('a path with spaces and letters of other scripts', async () => {
  const strange = await consumer(folder, join('with spaces', "Grüße, भुगतान 支付 d'été"), eps)
  for (const layout of ['ESM', 'CommonJS', 'TypeScript nodenext']) {
    assert.equal(await runLayout(strange, layout, eps), `${golden} ${golden} notEnrolled\n`)
  }
})

test('the command line runs from where npm puts it', async () => {
  assert.equal(
    await succeed(join(home, 'node_modules', '.bin', 'eko-eps'), ['version'], { cwd: home, env: eps.env }),
    `${version}\n`,
  )
})
