// Uses the doctor's page in a real Firefox. It is part of the wide test, because it needs a Firefox on this machine,
// such as Debian's firefox-esr. Prints `Firefox (153.7): 17 passed, 0 failed`.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { GOLDEN, RIGHT, WRONG } from './cases.mjs'
import { install } from './run.mjs'
import { site } from './site.mjs'

const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']
const LIMIT_MS = 60_000
const SHOTS = fileURLToPath(new URL('../../target/doctor-screenshots/', import.meta.url))

const executablePath = process.env.FIREFOX ?? PLACES.find(existsSync)
if (executablePath === undefined) {
  console.error('no Firefox was found: install one (Debian: apt-get install firefox-esr), or name it in FIREFOX')
  process.exit(1)
}
await install('.')
mkdirSync(SHOTS, { recursive: true })
const require = createRequire(import.meta.url)
const { default: puppeteer } = await import('puppeteer-core')
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const server = await site()
const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true, timeout: LIMIT_MS })
let page
let requests = []

async function open() {
  await page?.close()
  page = await browser.newPage()
  requests = []
  page.on('request', (request) => requests.push(request.url()))
  await page.setViewport({ width: 1280, height: 900 })
  await page.goto(server.url)
}

async function type(id, text) {
  await page.focus(`#${id}`)
  await page.keyboard.type(text)
}

async function fill(fields, hash) {
  for (const [id, text] of Object.entries(fields)) await type(id, text)
  if (!hash) return
  await page.click('#hash summary')
  for (const [index, value] of hash.values.entries()) await type(`value-${index}`, value)
  await type('request-hash', hash.value)
}

const submit = () => page.click('button.primary')
const summary = () => page.$eval('#summary', (element) => element.textContent)
const codes = () => page.$$eval('.finding', (cards) => cards.map(({ dataset }) => dataset.code))
const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim())

const tests = {}
for (const { name, fields, hash } of RIGHT) {
  tests[`finds nothing wrong: ${name}`] = async () => {
    await fill(fields, hash)
    await submit()
    assert.equal(await summary(), 'Nothing is wrong.')
    assert.deepEqual(await codes(), [])
  }
}
for (const { name, fields, hash, codes: expected } of WRONG) {
  tests[`names the mistake: ${name}`] = async () => {
    await fill(fields, hash)
    await submit()
    assert.deepEqual(await codes(), expected)
  }
}
tests['it is used with the keyboard alone, in the order of reading'] = async () => {
  const order = []
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press('Tab')
    order.push(await focused())
  }
  assert.deepEqual(order, [
    ...['Skip to the result', 'access-key', 'show', 'timestamp', 'secret-key'],
    ...['Request hash v1 and v2 products', 'Age, reuse and developer key optional', 'Diagnose', 'example', 'Clear'],
  ])
}
tests['a stale and reused signature'] = async () => {
  await fill(GOLDEN)
  await page.click('#more summary')
  await page.select('#age', 'now')
  await type('used', GOLDEN.timestamp)
  await submit()
  assert.deepEqual(await codes(), ['timestamp_stale', 'timestamp_reused'])
}
tests['nothing leaves the page, and the policy would not let it'] = async () => {
  await fill(GOLDEN)
  await submit()
  assert.deepEqual(
    requests
      .filter((url) => !url.startsWith('data:'))
      .map((url) => url.slice(server.url.length - 1))
      .sort(),
    [...['/', '/doctor.css', '/doctor.js']],
  )
  const asked = server.asked.length
  const fetched = await page.evaluate(
    (url) =>
      fetch(url).then(
        () => 'sent',
        () => 'refused',
      ),
    server.url,
  )
  assert.equal(fetched, 'refused')
  assert.equal(server.asked.length, asked)
}
tests['accessible with findings, in 320 pixels, and nothing is cut off'] = async () => {
  await page.setViewport({ width: 320, height: 900 })
  await fill({ ...GOLDEN, 'secret-key': 'x' })
  await submit()
  await page.evaluate(AXE)
  const found = await page.evaluate(async () => (await globalThis.axe.run(document)).violations.map(({ id }) => id))
  assert.deepEqual(found, [])
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  await page.screenshot({ path: `${SHOTS}firefox-320.png`, fullPage: true })
}

let passed = 0
let failed = 0
try {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await open()
      await test()
      passed += 1
    } catch (error) {
      failed += 1
      console.error(`${name}: ${error.stack}`)
    }
  }
  console.log(`Firefox (${(await browser.version()).replace(/^\D+/, '')}): ${passed} passed, ${failed} failed`)
} finally {
  await browser.close()
  await server.close()
}
process.exitCode = failed === 0 ? 0 : 1
