// Tests of the doctor's page in a real Chromium: typing, keyboard, its texts, that it sends nothing, and accessibility.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GOLDEN, RIGHT, WRONG } from './cases.mjs'
import { launch } from './chromium.mjs'
import { FOLDER, site } from './site.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SHOTS = fileURLToPath(new URL('../../target/doctor-screenshots/', import.meta.url))
const WIDTHS = [320, 768, 1280]
const SCHEMES = ['light', 'dark']

let server
let browser
let page
let requests
let complaints

before(async () => {
  mkdirSync(SHOTS, { recursive: true })
  server = await site()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await server.close()
})
beforeEach(async () => {
  await page?.context().close()
  page = await open(server.url)
})

async function open(url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const opened = await context.newPage()
  requests = []
  complaints = []
  opened.on('request', (request) => requests.push(request.url()))
  opened.on('console', (message) => complaints.push(message.text()))
  opened.on('pageerror', (error) => complaints.push(String(error)))
  await opened.goto(url)
  return opened
}

/** Types into the fields as a person does. */
async function fill(fields, hash) {
  for (const [id, text] of Object.entries(fields)) {
    await page.locator(`#${id}`).click()
    await page.keyboard.type(text)
  }
  if (!hash) return
  await page.locator('#hash summary').click()
  for (const [index, value] of hash.values.entries()) await page.locator(`#value-${index}`).fill(value)
  await page.locator('#request-hash').fill(hash.value)
}

const diagnose = () => page.getByRole('button', { name: 'Diagnose' }).click()
const codes = () => page.locator('.finding').evaluateAll((cards) => cards.map(({ dataset }) => dataset.code))
const rightValues = () => page.locator('#expected dd code').allTextContents()
const summary = () => page.locator('#summary').textContent()
const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim())

test('loads exactly three files and logs no errors', async () => {
  assert.deepEqual(
    requests.filter((url) => !url.startsWith('data:')).map((url) => url.slice(server.url.length - 1)),
    ['/', '/doctor.css', '/doctor.js'],
  )
  assert.deepEqual(complaints, [])
})

for (const { name, fields, hash, right } of RIGHT) {
  test(`finds nothing wrong: ${name}`, async () => {
    await fill(fields, hash)
    await diagnose()
    assert.equal(await summary(), 'Nothing is wrong.')
    assert.deepEqual(await codes(), [])
    assert.deepEqual(await rightValues(), right)
  })
}

for (const { name, fields, hash, codes: expected } of WRONG) {
  test(`names the mistake: ${name}`, async () => {
    await fill(fields, hash)
    await diagnose()
    assert.equal(await summary(), '1 mistake found.')
    assert.deepEqual(await codes(), expected)
    assert.match((await rightValues())[1], /^[A-Za-z0-9+/]{43}=$/)
    assert.match(await page.locator('.finding').textContent(), /Fix: .{20,}Rule: .{20,}/s)
  })
}

test('detects a stale, reused or developer-key signature', async () => {
  await fill(GOLDEN)
  await page.locator('#more summary').click()
  await page.getByLabel('When did EPS receive it?').selectOption('now')
  await page.getByLabel('Timestamps sent before').fill('1600000000000\n1700000000000')
  await diagnose()
  assert.deepEqual(await codes(), ['timestamp_stale', 'timestamp_reused'])
  await page.getByLabel('When did EPS receive it?').selectOption('at')
  // 22:13:20 UTC on 14 November 2023, wherever this browser is.
  await page.getByLabel('Received at').evaluate((input) => {
    const time = new Date(1_700_000_060_000)
    input.value = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
  })
  await page.getByLabel('Timestamps sent before').fill('')
  await page.getByLabel('Developer key').fill('TEST_ACCESS_KEY_DO_NOT_USE')
  await diagnose()
  assert.deepEqual(await codes(), [])
  await page.getByLabel('Access key', { exact: true }).fill('another-access-key')
  await diagnose()
  assert.deepEqual(await codes(), ['key_developer'])
})

test('every product has its values, and a free list', async () => {
  await page.locator('#hash summary').click()
  const counts = []
  for (const { value } of await page
    .locator('#product option')
    .evaluateAll((all) => all.map(({ value }) => ({ value })))) {
    await page.getByLabel('Product').selectOption(value)
    counts.push(await page.locator('#values input, #values textarea').count())
  }
  assert.deepEqual(counts, [3, 3, 3, 2, 1])
  const { fields, hash } = RIGHT.find((one) => one.hash)
  for (const [id, text] of Object.entries(fields)) await page.locator(`#${id}`).fill(text)
  await page.locator('#value-0').fill(hash.values.join('\n'))
  await page.locator('#request-hash').fill(hash.value)
  await diagnose()
  assert.equal(await summary(), 'Nothing is wrong.')
})

test('it is used with the keyboard alone, in the order of reading', async () => {
  const order = []
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press('Tab')
    order.push(await focused())
  }
  assert.deepEqual(order, [
    ...['Skip to the result', 'access-key', 'show', 'timestamp', 'secret-key'],
    ...['Request hash v1 and v2 products', 'Age, reuse and developer key optional', 'Diagnose', 'example', 'Clear'],
  ])
  // The skip link leads to the result, which the Tab key does not reach otherwise.
  await page.locator('.skip').focus()
  await page.keyboard.press('Enter')
  assert.equal(await focused(), 'result')
})

test('a whole diagnosis without a mouse', async () => {
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await press('Tab', 'Tab')
  await page.keyboard.type(GOLDEN['access-key'])
  await press('Tab', 'Tab')
  await page.keyboard.type(GOLDEN.timestamp)
  await press('Tab')
  await page.keyboard.type('bb7d1a93f88e1b02826aca6a09e8989e0f1f77df100f1ee41770c104e69d4079')
  await press('Tab', 'Tab', 'Tab', 'Enter')
  assert.deepEqual(await codes(), ['output_hex'])
  assert.equal(await focused(), 'Diagnose')
  // The Enter key in a field starts the diagnosis too.
  await page.locator('#timestamp').focus()
  await press('Enter')
  assert.equal(await summary(), '1 mistake found.')
})

test('the key is hidden until it is shown', async () => {
  const key = page.getByLabel('Access key', { exact: true })
  /** Returns the button by its accessible name, and checks the word that is visible in it. */
  const toggle = async (word) => {
    const button = page.getByRole('button', { name: `${word} the access key`, exact: true })
    assert.equal(await button.locator('span:not(.hidden)').textContent(), word)
    return button
  }
  assert.equal(await key.getAttribute('type'), 'password')
  await (await toggle('Show')).press('Space')
  assert.equal(await key.getAttribute('type'), 'text')
  await (await toggle('Hide')).press('Enter')
  assert.equal(await key.getAttribute('type'), 'password')
  await toggle('Show')
})

test('reports missing values at their fields and focuses the first', async () => {
  await diagnose()
  assert.equal(await focused(), 'access-key')
  const key = page.locator('#access-key')
  assert.equal(await key.getAttribute('aria-invalid'), 'true')
  const described = (await key.getAttribute('aria-describedby')).split(' ')
  assert.ok(described.includes('access-key-error'))
  assert.equal(await page.locator('#access-key-error').textContent(), 'Enter the access key.')
  await page.keyboard.type('k')
  assert.equal(await key.getAttribute('aria-invalid'), null)
  await diagnose()
  assert.equal(await focused(), 'timestamp')
})

test('asks for a missing receive time instead of skipping the age', async () => {
  await fill(GOLDEN)
  await page.locator('#more summary').click()
  await page.getByLabel('When did EPS receive it?').selectOption('at')
  const time = page.getByLabel('Received at')
  const refused = async () => {
    await page.locator('#more summary').click()
    await diagnose()
    assert.equal(await focused(), 'received')
    assert.equal(await time.getAttribute('aria-invalid'), 'true')
    assert.equal(await time.getAttribute('aria-describedby'), 'received-error')
    assert.match(await page.locator('#received-error').textContent(), /^Enter the whole date and time/)
    assert.equal(await summary(), 'Nothing to look at yet.')
  }
  await refused()
  // An incomplete date counts as no date.
  await page.keyboard.type('11')
  await refused()
  await time.fill('2023-11-20T00:00:00')
  await diagnose()
  assert.deepEqual(await codes(), ['timestamp_stale'])
  await page.getByLabel('When did EPS receive it?').selectOption('')
  await diagnose()
  assert.equal(await summary(), 'Nothing is wrong.')
})

test('checks a request hash in a closed section and its values', async () => {
  const { fields, hash } = WRONG.find((one) => one.hash)
  await fill(fields, hash)
  await page.locator('#hash summary').click()
  await diagnose()
  assert.deepEqual(await codes(), ['hash_without_timestamp'])
  await page.locator('#hash summary').click()
  for (const index of hash.values.keys()) await page.locator(`#value-${index}`).fill('')
  await page.locator('#hash summary').click()
  await diagnose()
  assert.equal(await focused(), 'value-0')
  assert.equal(await page.locator('#value-0').getAttribute('aria-invalid'), 'true')
  assert.equal(await page.locator('#values-error').textContent(), 'Enter the values that the request hash covers.')
  assert.deepEqual(await codes(), [])
})

test('announces the result; copying leaves the verdict unchanged', async () => {
  const statuses = () => page.getByRole('status').allTextContents()
  assert.deepEqual(await statuses(), ['Nothing to look at yet.', ''])
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await fill({ ...GOLDEN, 'secret-key': 'bb7d1a93f88e1b02826aca6a09e8989e0f1f77df100f1ee41770c104e69d4079' })
  await diagnose()
  assert.deepEqual(await statuses(), ['1 mistake found.', ''])
  const verdict = await page.locator('#summary').evaluate(({ outerHTML }) => outerHTML)
  await page.getByRole('button', { name: 'Copy secret-key', exact: true }).click()
  await page.waitForFunction(() => document.getElementById('said').textContent === 'secret-key copied.')
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), GOLDEN['secret-key'])
  // Copying is reported in the status only. The verdict stays as it was, and the next verdict is not mixed with it.
  assert.equal(await page.locator('#summary').evaluate(({ outerHTML }) => outerHTML), verdict)
  await diagnose()
  assert.deepEqual(await statuses(), ['1 mistake found.', ''])
})

test('marks a verdict as outdated once when a field changes', async () => {
  const outdated = 'Outdated: a field has changed since. Diagnose again.'
  // Before the first verdict a change makes nothing outdated.
  await fill(GOLDEN)
  assert.equal(await summary(), 'Nothing to look at yet.')
  await diagnose()
  assert.equal(await summary(), 'Nothing is wrong.')
  await page.locator('#secret-key').press('End')
  await page.evaluate(() => {
    globalThis.said = 0
    const count = (changes) => {
      globalThis.said += changes.length
    }
    new MutationObserver(count).observe(document.getElementById('summary'), { childList: true, characterData: true })
  })
  await page.keyboard.type('xyz')
  assert.deepEqual(await page.getByRole('status').allTextContents(), [outdated, ''])
  assert.equal(await page.evaluate(() => globalThis.said), 1)
  assert.equal(await page.locator('#summary').getAttribute('class'), 'summary old')
  assert.equal(await page.locator('#expected h3').textContent(), 'Right was')
  await diagnose()
  assert.equal(await summary(), '1 mistake found.')
  assert.equal(await page.locator('#expected h3').textContent(), 'Right is')
  // A change of a selection makes the verdict outdated too.
  await page.locator('#more summary').click()
  await page.getByLabel('When did EPS receive it?').selectOption('now')
  assert.equal(await summary(), outdated)
  await page.getByRole('button', { name: 'Clear' }).click()
  assert.equal(await summary(), 'Nothing to look at yet.')
})

test('the example shows a mistake, and clearing leaves nothing', async () => {
  await page.getByRole('button', { name: 'Fill in an example' }).click()
  assert.deepEqual(await codes(), ['key_raw'])
  await page.getByRole('button', { name: 'Show the access key' }).click()
  await page.getByRole('button', { name: 'Clear' }).click()
  assert.equal(await page.locator('#access-key').inputValue(), '')
  assert.equal(await page.locator('#access-key').getAttribute('type'), 'password')
  assert.equal(await summary(), 'Nothing to look at yet.')
  assert.deepEqual(await codes(), [])
  assert.deepEqual(await rightValues(), [])
})

test('sends and stores nothing, shows the key only in its field', async () => {
  const canary = 'canary-access-key-77e1'
  await fill({ ...GOLDEN, 'access-key': canary })
  await diagnose()
  const asked = server.asked.length
  const kept = await page.evaluate(async () => ({
    stored: localStorage.length + sessionStorage.length,
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    url: location.href,
    html: document.documentElement.outerHTML,
  }))
  assert.deepEqual(
    { ...kept, html: '' },
    { stored: 0, cookies: '', databases: 0, caches: 0, url: server.url, html: '' },
  )
  assert.ok(!kept.html.includes(canary))
  assert.ok(
    requests.every((url) => url.startsWith(server.url) || url.startsWith('data:')),
    requests.join(),
  )
  assert.equal(requests.filter((url) => url.startsWith(server.url)).length, 3)
  // The page cannot send anything either: its policy forbids requests, even to its own server.
  const tries = await page.evaluate(async (url) => {
    const results = [
      await fetch(url).then(
        () => 'sent',
        () => 'refused',
      ),
    ]
    const image = new Image()
    results.push(
      await new Promise((resolve) => {
        image.onload = () => resolve('sent')
        image.onerror = () => resolve('refused')
        image.src = `${url}image.png`
      }),
    )
    try {
      results.push(navigator.sendBeacon(url, 'x') ? 'queued' : 'refused')
    } catch {
      results.push('refused')
    }
    return results
  }, server.url)
  assert.deepEqual(tries.slice(0, 2), ['refused', 'refused'])
  assert.equal(server.asked.length, asked)
})

test('it runs from a file, without any server', async () => {
  page = await open(new URL('index.html', FOLDER).href)
  await fill(GOLDEN)
  await diagnose()
  assert.equal(await summary(), 'Nothing is wrong.')
  assert.deepEqual(complaints, [])
})

test('scrolls the result into view in both layouts', async () => {
  for (const viewport of [
    { width: 400, height: 700 },
    { width: 1280, height: 500 },
  ]) {
    await page.context().close()
    page = await open(server.url, { viewport, reducedMotion: 'reduce' })
    const { fields, hash } = WRONG.find((one) => one.hash)
    await fill(fields, hash)
    await diagnose()
    const { y } = await page.locator('#summary').boundingBox()
    assert.ok(y >= 0 && y < viewport.height, `at ${y} of ${viewport.height}`)
  }
})

test('who wants less motion gets none', async () => {
  const behaviour = () => page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior)
  assert.equal(await behaviour(), 'smooth')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  assert.equal(await behaviour(), 'auto')
})

async function violations() {
  await page.evaluate(AXE)
  const { violations, passes } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { 'target-size': { enabled: true } },
    }),
  )
  assert.ok(passes.length > 20, 'axe looked at too little')
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

/** States of the page in which its accessibility is checked. */
const STATES = {
  empty: () => {},
  errors: diagnose,
  right: async () => {
    await fill(GOLDEN)
    await diagnose()
  },
  mistakes: async () => {
    const { fields, hash } = WRONG.find((one) => one.hash)
    await fill({ ...fields, 'secret-key': `"${'f'.repeat(64)}"` }, hash)
    await page.locator('#more summary').click()
    await page.getByLabel('When did EPS receive it?').selectOption('now')
    await diagnose()
    assert.deepEqual(await codes(), ['timestamp_stale', 'unknown', 'hash_without_timestamp'])
  },
  outdated: async () => {
    await fill({ ...GOLDEN, 'secret-key': 'x' })
    await diagnose()
    await page.locator('#timestamp').fill('1700000000001')
    assert.equal(await page.locator('#summary').getAttribute('class'), 'summary old')
  },
}

for (const colorScheme of SCHEMES) {
  for (const width of WIDTHS) {
    for (const [state, enter] of Object.entries(STATES)) {
      test(`accessible: ${state}, ${colorScheme}, ${width} pixels`, async () => {
        const look = { colorScheme, reducedMotion: 'reduce', viewport: { width, height: 900 } }
        await page.context().close()
        page = await open(server.url, look)
        await enter()
        assert.deepEqual(await violations(), [])
        const { wide, seen } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth,
          seen: innerWidth,
        }))
        assert.ok(wide <= seen, `${wide} pixels wide`)
        await page.screenshot({ path: `${SHOTS}${state}-${colorScheme}-${width}.png`, fullPage: true })
      })
    }
  }
}
