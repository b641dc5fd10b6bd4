// Tests that each shipped declaration file can be reached: TypeScript lists the files that it reads for the entries of
// the package.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { at, json, root } from '../../scripts/paths.mjs'
import { node } from '../support/child.mjs'

test('every declaration that is shipped is reached from an entry', async (context) => {
  mkdirSync(at('target'), { recursive: true })
  // A folder inside the package, so that `eko-eps` is this package.
  const folder = mkdtempSync(at('target', 'declarations-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const subpaths = Object.keys(json('package.json').exports).filter((name) => name !== './package.json')
  assert.ok(subpaths.length >= 6)
  const lines = subpaths.map((name, index) => `export * as entry${index} from '${name.replace('.', 'eko-eps')}'`)
  const apps = ['app.mts', 'app.cts'].map((name) => join(folder, name))
  for (const path of apps) writeFileSync(path, lines.join('\n'))
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc')
  const options = [
    '--ignoreConfig',
    '--listFiles',
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
  ]
  const { code, stdout } = await node([tsc, ...options, ...apps], { cwd: folder })
  assert.equal(code, 0, stdout)
  const read = stdout.split(/\r?\n/).map((path) => relative(root, path).replaceAll('\\', '/'))
  const reached = read.filter((path) => path.startsWith('dist/')).sort()
  const { files } = JSON.parse(readFileSync(new URL('contents.json', import.meta.url), 'utf8'))['eko-eps']
  assert.deepEqual(
    files.filter((path) => /\.d\.[cm]?ts$/.test(path)),
    reached,
  )
})
