// Makes an application that has installed the tarballs.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { platform } from '../../scripts/paths.mjs'

const require = createRequire(import.meta.url)
const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

function unpack(folder, home) {
  const json = execFileSync('npm', ['pack', '--json', '--pack-destination', home], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [{ filename, name, version }] = JSON.parse(json.slice(json.indexOf('[')))
  const target = join(home, 'node_modules', ...name.split('/'))
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', join(home, filename), '--strip-components=1', '-C', target])
  return { [name]: version }
}

/** Makes the application's folder with these files. */
export function stage(apps) {
  const home = mkdtempSync(join(tmpdir(), 'eko-eps-app-'))
  const dependencies = { ...unpack(root, home), ...unpack(join(root, 'npm', platform()), home) }
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'app', private: true, dependencies }))
  cpSync(apps, home, { recursive: true })
  cpSync(join(here, 'suite.mjs'), join(home, 'suite.mjs'))
  const vectors = readFileSync(join(here, '..', 'vectors.json'), 'utf8')
  writeFileSync(join(home, 'vectors.json'), vectors)
  writeFileSync(join(home, 'vectors.mjs'), `export default ${vectors}`)
  return home
}

/**
 * Bundles an application for a runtime without packages. Returns also which file of the package it took for each
 * import.
 */
export async function bundle(home, entry, options) {
  const { build } = require('esbuild')
  const built = await build({
    absWorkingDir: home,
    bundle: true,
    entryPoints: [entry],
    logLevel: 'error',
    metafile: true,
    ...options,
  })
  const prefix = 'node_modules/eko-eps/dist/'
  const { inputs } = built.metafile
  const asked = Object.values(inputs).flatMap(({ imports }) =>
    imports.filter(({ original }) => /^eko-eps/.test(original)),
  )
  const files = Object.fromEntries(asked.map(({ original, path }) => [original, path.slice(prefix.length)]))
  const taken = Object.keys(inputs).filter((path) => path.startsWith(prefix) && !path.endsWith('.wasm'))
  if (taken.length !== Object.keys(files).length)
    throw new Error(
      `${entry}: it imports ${Object.keys(files)}, and these files of the package are in the bundle: ${taken}`,
    )
  return { ...built, files }
}

/** Returns the rows of the table for the results that a bundle has reported. */
export function rows(runtime, version, files, results) {
  return [results].flat().map((result) => ({ runtime, version, file: files[result.entry], ...result }))
}
