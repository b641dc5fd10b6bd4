// Lists the public API of the crate and of the npm package, and compares the lists with those in the folder `api`.
// `--write` replaces the lists in the folder; commit them with the change that makes them differ.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, root } from './paths.mjs'
import { run } from './run.mjs'

const FOLDER = ['api']

/** Declaration file of each entry of the npm package, by the name of its list. */
const ENTRIES = {
  'eko-eps': 'dist/index.d.ts',
  'eko-eps-sandbox': 'dist/sandbox.d.ts',
  'eko-eps-postgres': 'dist/postgres.d.ts',
  'eko-eps-signer': 'dist/signer/signer.d.mts',
  'eko-eps-signer-webcrypto': 'dist/signer/webcrypto.d.mts',
  'eko-eps-doctor': 'dist/doctor/doctor.d.mts',
}

/**
 * Resolves to the list of the crate's public items. The tool that makes the list reads this version of rustdoc's JSON,
 * whose format is unstable.
 */
async function crate() {
  // RUSTC_BOOTSTRAP is set for rustdoc only, because build scripts that read it would compile half of the dependencies
  // again.
  const rustdoc = at('target', 'api', 'rustdoc.sh')
  mkdirSync(at('target', 'api'), { recursive: true })
  writeFileSync(rustdoc, '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc "$@"\n', { mode: 0o755 })
  const json = ['rustdoc', '--lib', '--features', 'sandbox,journal-sqlite,reqwest']
  await run('cargo', [...json, '--', '-Zunstable-options', '--output-format', 'json'], {
    label: 'rustdoc JSON',
    env: { RUSTDOC: rustdoc },
  })
  const file = at('target', 'doc', 'eko_eps.json')
  return run('cargo', ['run', '--quiet', '--package', 'eko-eps-api-tool', '--', file], { label: 'list of the crate' })
}

/** Returns the public declarations of an entry, as api-extractor writes them. */
function entry({ Extractor, ExtractorConfig, ExtractorLogLevel }, name, file) {
  const folder = at('target', 'api')
  mkdirSync(folder, { recursive: true })
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: at('package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: at(...file.split('/')),
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions: { module: 'node20', skipLibCheck: true, types: ['node'] } } },
      apiReport: { enabled: true, reportFileName: name, reportFolder: folder, reportTempFolder: join(folder, 'temp') },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
    },
  })
  const faults = []
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      // Missing documentation is not a fault here, because the report itself names it.
      if (message.logLevel === ExtractorLogLevel.Error) faults.push(message.text)
      message.handled = true
    },
  })
  if (faults.length > 0) throw new Error(`api-extractor, ${name}: ${faults.join('; ')}`)
  return readFileSync(join(folder, `${name}.api.md`), 'utf8')
}

async function lists() {
  // api-extractor is imported here, because the test run imports this file before it installs the packages.
  const { default: extractor } = await import('@microsoft/api-extractor')
  const found = { 'crate.txt': await crate() }
  for (const [name, file] of Object.entries(ENTRIES)) found[`${name}.api.md`] = entry(extractor, name, file)
  return found
}

/** Compares the lists in the folder `api` with new ones. Resolves to the differences and the number of lists. */
export async function apiFaults() {
  const found = await lists()
  const kept = existsSync(at(...FOLDER)) ? readdirSync(at(...FOLDER)) : []
  const faults = kept.filter((name) => !(name in found)).map((name) => `${name} lists nothing`)
  for (const [name, text] of Object.entries(found)) {
    if (!kept.includes(name)) faults.push(`${name} is missing`)
    else if (readFileSync(at(...FOLDER, name), 'utf8') !== text) faults.push(`${name} differs`)
  }
  return { faults, entries: Object.keys(found).length }
}

async function write() {
  const found = await lists()
  rmSync(at(...FOLDER), { recursive: true, force: true })
  mkdirSync(at(...FOLDER), { recursive: true })
  for (const [name, text] of Object.entries(found)) writeFileSync(at(...FOLDER, name), text)
}

/**
 * Runs the step of `npm test`: rejects if the public API differs from the lists, and resolves to the number of lists.
 */
export async function api() {
  const { faults, entries } = await apiFaults()
  if (faults.length > 0)
    throw new Error(
      `the public API has changed: ${faults.join('; ')}. Run \`node scripts/api.mjs --write\` and commit the difference`,
    )
  return { passed: entries, failed: 0, skipped: 0 }
}

if (import.meta.main ?? process.argv[1] === at('scripts', 'api.mjs')) {
  if (process.argv.includes('--write')) await write()
  else console.log(`${(await api()).passed} lists of the public API are up to date`)
}
