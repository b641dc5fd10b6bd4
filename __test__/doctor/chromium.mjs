// Starts the Chromium of ../runtimes.
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const runtimes = new URL('../runtimes/', import.meta.url)
const require = createRequire(new URL('package.json', runtimes))
const LIMIT_MS = 60_000
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

export async function launch() {
  const { default: binary } = await import(pathToFileURL(require.resolve('@sparticuz/chromium')))
  const { chromium } = require('playwright-core')
  const executablePath = await libraries(await binary.executablePath())
  // With a single process, Chromium would end when the first page is closed.
  const args = [...binary.args.filter((arg) => arg !== '--single-process'), ...QUIET]
  return chromium.launch({ executablePath, args, headless: true, timeout: LIMIT_MS })
}

/**
 * Unpacks NSS for machines without it. The package contains it, but unpacks it only in a Lambda; so this code makes it
 * believe to be in one.
 */
async function libraries(path) {
  if (!execFileSync('ldd', [path], { encoding: 'utf8' }).includes('not found')) return path
  const part = (name) => import(new URL(`node_modules/@sparticuz/chromium/build/esm/${name}`, runtimes))
  const [{ inflate }, { setupLambdaEnvironment }] = await Promise.all([part('lambdafs.js'), part('helper.js')])
  await inflate(fileURLToPath(new URL('node_modules/@sparticuz/chromium/bin/al2023.tar.br', runtimes)))
  setupLambdaEnvironment(join(tmpdir(), 'al2023', 'lib'))
  return path
}
