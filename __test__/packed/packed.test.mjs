// Tests of what users install: the two tarballs, in an empty folder.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { platform } from '../../scripts/paths.mjs'
import { LICENSES } from '../../scripts/targets.mjs'
import { command, node } from '../support/child.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
let home
let packed

async function succeed(program, args, options) {
  const { code, stdout, stderr, late } = await command(program, args, { limit: 120_000, ...options })
  assert.deepEqual({ code, late }, { code: 0, late: false }, `${program} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}

async function pack(folder) {
  const json = await succeed(npm, ['pack', '--json', '--pack-destination', home], { cwd: folder })
  return JSON.parse(json.slice(json.indexOf('[')))[0]
}

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'eko-eps-packed-'))
  packed = { main: await pack(root), native: await pack(join(root, 'npm', platform())) }
  writeFileSync(join(home, 'package.json'), '{ "name": "consumer", "private": true }')
  const tarballs = [packed.main, packed.native].map(({ filename }) =>
    join(home, filename.replace('@', '').replace('/', '-')),
  )
  await succeed(npm, ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: home })
  for (const name of ['consumer.mjs', 'consumer.cjs']) cpSync(new URL(name, import.meta.url), join(home, name))
})
after(() => rmSync(home, { recursive: true, force: true }))

test('the tarballs hold what is needed and nothing else', () => {
  const files = packed.main.files.map(({ path }) => path)
  const strange = files.filter(
    (path) => !/^(dist\/|package\.json$|README\.md$|LICENSE-(MIT|APACHE)$|THIRD-PARTY-LICENSES\.txt$)/.test(path),
  )
  assert.deepEqual(strange, [])
  const sources = files.filter((path) => /\.(node|tgz|map)$|(?<!\.d)\.[mc]?ts$/.test(path))
  assert.deepEqual(sources, [])
  assert.deepEqual(packed.native.files.map(({ path }) => path).sort(), [
    ...LICENSES,
    `eko-eps.${platform()}.node`,
    'package.json',
  ])
})

test('installs two packages and runs no install scripts', () => {
  const installed = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'))
  assert.deepEqual(installed.sort(), ['@eko-eps', 'eko-eps'])
  const manifest = JSON.parse(readFileSync(join(home, 'node_modules', 'eko-eps', 'package.json'), 'utf8'))
  assert.equal(manifest.dependencies, undefined)
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    assert.equal(manifest.scripts[name], undefined)
})

for (const name of ['consumer.mjs', 'consumer.cjs']) {
  test(`${name} runs, and its process exits by itself`, async () => {
    const { code, stdout, stderr, late } = await node([name], { cwd: home, limit: 30_000 })
    assert.deepEqual({ code, stderr, late }, { code: 0, stderr: '', late: false })
    assert.match(stdout, /a call\n$/)
  })
}

test('npx eko-eps runs', async () => {
  assert.match(await succeed(join(home, 'node_modules', '.bin', 'eko-eps'), ['version']), /^\d+\.\d+\.\d+\n$/)
})

const SOURCE = `import { EkoClient, EkoError, Signer } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'
import { diagnose } from 'eko-eps/doctor'
import { Signer as Portable } from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'
export async function main(): Promise<string> {
  const sandbox = await Sandbox.start()
  const eko = new EkoClient(sandbox.credentials)
  const result = await eko.getCustomer({ customerId: '9444444444' })
  if (result.outcome === 'found') return result.customer.name ?? ''
  if (diagnose({ accessKey: 'a', timestamp: 1 }).ok) return new WebCryptoSigner({ accessKey: 'a' }).sign(1)
  return new Signer({ accessKey: 'a' }).sign(1) + new Portable({ accessKey: 'a' }).sign(1) + EkoError.name
}
`
const LAYOUTS = {
  'nodenext, ES module': { file: 'app.mts', compilerOptions: { module: 'nodenext' } },
  'nodenext, CommonJS': { file: 'app.cts', compilerOptions: { module: 'nodenext' } },
  'node16, ES module': { file: 'old.mts', compilerOptions: { module: 'node16' } },
  'node16, CommonJS': { file: 'old.cts', compilerOptions: { module: 'node16' } },
  bundler: { file: 'app.ts', compilerOptions: { module: 'esnext', moduleResolution: 'bundler' } },
  'bundler, workerd': {
    file: 'worker.ts',
    compilerOptions: { module: 'esnext', moduleResolution: 'bundler', customConditions: ['workerd'] },
  },
  'bundler, edge-light': {
    file: 'edge.ts',
    compilerOptions: { module: 'esnext', moduleResolution: 'bundler', customConditions: ['edge-light'] },
  },
  'bundler, browser': {
    file: 'page.ts',
    compilerOptions: { module: 'esnext', moduleResolution: 'bundler', customConditions: ['browser'] },
  },
}

for (const [name, { file, compilerOptions }] of Object.entries(LAYOUTS)) {
  test(`TypeScript ${name} compiles against the packed declarations`, async () => {
    const folder = join(home, file.replace('.', '-'))
    mkdirSync(folder)
    writeFileSync(join(folder, file), SOURCE)
    const strict = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: 'es2022',
      lib: ['es2022'],
      types: [],
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files: [file] }),
    )
    await succeed(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder])
  })
}
