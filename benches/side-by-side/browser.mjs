// Compares the wasm signer with WebCrypto in a page of Chromium.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import binary from '@sparticuz/chromium'
import { chromium } from 'playwright-core'
import { at } from '../../scripts/paths.mjs'

const LIMIT_MS = 120_000
const module = (...path) => ['text/javascript', readFileSync(at(...path))]
const bench = (name) => module('benches', 'side-by-side', name)

/**
 * Resolves to `{ version, sign: { [name]: { ns, times } } }`: the version of Chromium and, for each signer, the
 * nanoseconds per signature and how many times as fast as WebCrypto it is.
 */
export async function inChromium(rounds) {
  const files = {
    '/': ['text/html', '<!doctype html><meta charset="utf-8"><title>signer</title>'],
    '/page.mjs': bench('page.mjs'),
    '/slices.mjs': bench('slices.mjs'),
    '/numbers.mjs': bench('numbers.mjs'),
    '/signer.mjs': module('dist', 'signer', 'inline.mjs'),
  }
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? ['text/plain', undefined]
    response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body ?? '')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const executablePath = await libraries(await binary.executablePath())
  const args = [...binary.args, '--disable-background-networking', '--disable-component-update', '--no-first-run']
  const browser = await chromium.launch({ executablePath, args, headless: true, timeout: LIMIT_MS })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    const sign = await page.evaluate(async (count) => (await import('/page.mjs')).measure(count), rounds)
    return { version: browser.version(), sign }
  } finally {
    await browser.close()
    server.close()
  }
}

/**
 * Provides the NSS libraries if this machine lacks them. `@sparticuz/chromium` contains them, but unpacks them only in
 * AWS Lambda. Resolves to the path of Chromium.
 */
async function libraries(path) {
  if (!execFileSync('ldd', [path], { encoding: 'utf8' }).includes('not found')) return path
  const part = (name) => import(new URL(`node_modules/@sparticuz/chromium/build/esm/${name}`, import.meta.url))
  const [{ inflate }, { setupLambdaEnvironment }] = await Promise.all([part('lambdafs.js'), part('helper.js')])
  await inflate(fileURLToPath(new URL('node_modules/@sparticuz/chromium/bin/al2023.tar.br', import.meta.url)))
  setupLambdaEnvironment(join(tmpdir(), 'al2023', 'lib'))
  return path
}
