// Starts a real Chromium from an npm package.
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { visit } from './pages.mjs'

const LIMIT_MS = 120_000
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

/** Starts the browser; the caller closes it. */
export async function launch() {
  const { default: binary } = await import('@sparticuz/chromium')
  const { chromium } = await import('playwright-core')
  const executablePath = await libraries(await binary.executablePath())
  return chromium.launch({ executablePath, args: [...binary.args, ...QUIET], headless: true, timeout: LIMIT_MS })
}

/**
 * Unpacks NSS for machines without it. The package contains it, but unpacks it only in a Lambda; so this code makes it
 * believe to be in one.
 */
async function libraries(path) {
  if (!execFileSync('ldd', [path], { encoding: 'utf8' }).includes('not found')) return path
  const part = (name) => import(new URL(`node_modules/@sparticuz/chromium/build/esm/${name}`, import.meta.url))
  const [{ inflate }, { setupLambdaEnvironment }] = await Promise.all([part('lambdafs.js'), part('helper.js')])
  await inflate(fileURLToPath(new URL('node_modules/@sparticuz/chromium/bin/al2023.tar.br', import.meta.url)))
  setupLambdaEnvironment(join(tmpdir(), 'al2023', 'lib'))
  return path
}

export async function chromium(home) {
  const browser = await launch()
  try {
    const page = await browser.newPage()
    return await visit(home, { runtime: 'Chromium', version: browser.version(), open: (url) => page.goto(url) })
  } finally {
    await browser.close()
  }
}
