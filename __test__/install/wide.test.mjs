// Tests all combinations of package manager, module system and platform, and prints them as a table. Platform packages
// that were built are published as they are; the others are published without the native module.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { json, platform } from '../../scripts/paths.mjs'
import { TARGETS } from '../../scripts/targets.mjs'
import { LAYOUTS, runLayout } from './layouts.mjs'
import { consumer, MANAGERS } from './managers.mjs'
import { publish, registry } from './registry.mjs'

const golden = json('__test__', 'vectors.json').secretKey[0].secretKey
const here = platform()
const table = new Map()
const real = []
let folder
let eps

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eko-eps-matrix-'))
  eps = await registry(folder)
  await publish(eps, folder, ({ name }, file) => existsSync(file) && real.push(name))
})
after(async () => {
  await eps.close()
  rmSync(folder, { recursive: true, force: true })
  const columns = [...Object.keys(LAYOUTS), ...TARGETS.map(({ name }) => name)]
  console.log(`Published as built: ${real.join(', ')}; the others as stand-ins.\n`)
  console.log(`| | ${Object.keys(MANAGERS).join(' | ')} |`)
  console.log(`|---|${'---|'.repeat(Object.keys(MANAGERS).length)}`)
  for (const column of columns) {
    const cells = Object.keys(MANAGERS).map(
      (manager) => table.get(`${manager} ${column}`) ?? (column in LAYOUTS ? 'not tried' : 'no such flag'),
    )
    console.log(`| ${column} | ${cells.join(' | ')} |`)
  }
})

/** Makes the test of one cell of the table; the cell shows its result. */
function cell(manager, column, look) {
  test(`${manager}: ${column}`, async () => {
    table.set(`${manager} ${column}`, 'FAILED')
    table.set(`${manager} ${column}`, await look())
  })
}

for (const [manager, { chosen, platforms, start, typescript }] of Object.entries(MANAGERS)) {
  const name = manager.replace(/\W+/g, '-')
  let home
  test(`${manager}: installs`, async () => {
    home = await consumer(folder, name, eps, manager)
    // Yarn 1 does not know libc, and installs both packages.
    const wanted = platforms
      ? [here]
      : TARGETS.map((one) => one.name).filter((one) => one.startsWith(here.replace(/-\w+$/, '-')))
    assert.deepEqual(chosen(home).sort(), wanted.sort())
  })
  for (const [layout, { compilerOptions }] of Object.entries(LAYOUTS)) {
    if (compilerOptions !== undefined && !typescript) continue
    cell(manager, layout, async () => {
      const printed = await runLayout(home, layout, eps, start(home))
      assert.ok(printed.startsWith(golden), printed)
      return 'golden'
    })
  }
  for (const { name: target, os, cpu, libc } of platforms ? TARGETS : []) {
    cell(manager, target, async () => {
      const other = await consumer(folder, `${name}-${target}`, eps, manager, { os, cpu, ...(libc ? { libc } : {}) })
      assert.deepEqual(chosen(other), [target])
      return 'chosen'
    })
  }
}
