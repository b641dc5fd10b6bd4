// Starts Debian's Firefox, which WebDriver BiDi controls.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { install } from '../support/tools.mjs'
import { visit } from './pages.mjs'

const wide = fileURLToPath(new URL('wide', import.meta.url))
const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox']

/** Starts the browser; the caller closes it. */
export async function launch() {
  install(wide)
  const executablePath = PLACES.find(existsSync)
  if (executablePath === undefined)
    throw new Error('there is no Firefox: "apt-get install firefox-esr" installs the one that is tested')
  const entry = createRequire(join(wide, 'x.js')).resolve('puppeteer-core')
  const { default: puppeteer } = await import(pathToFileURL(entry))
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true })
}

export async function firefox(home) {
  const browser = await launch()
  try {
    const [, version] = (await browser.version()).split('/')
    const page = await browser.newPage()
    return await visit(home, { runtime: 'Firefox', version, open: (url) => page.goto(url) })
  } finally {
    await browser.close()
  }
}
