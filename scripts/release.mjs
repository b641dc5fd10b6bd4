// What a release consists of. `pack`: tarballs, SBOMs and checksums into release/; `publish`: the tarballs go to npm.
// The release workflow calls it; `pack` runs anywhere once everything is built.
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { at, json } from './paths.mjs'
import { run, works } from './run.mjs'
import { TARGETS } from './targets.mjs'

const { version } = json('package.json')
const folder = at('release')
const CYCLONEDX = ['--format', 'json', '--spec-version', '1.5', '--all']

/** The packages in the order in which they are published: whoever installs the last one finds all the others. */
const packages = [
  ...TARGETS.map(({ name }) => ({
    name: `@eko-eps/${name}`,
    source: at('npm', name),
    file: `eko-eps-${name}-${version}.tgz`,
  })),
  { name: 'eko-eps', source: at(), file: `eko-eps-${version}.tgz` },
]

async function pack() {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const { name, source } of packages) {
    await run('npm', ['pack', '--pack-destination', folder], { cwd: source, label: `npm pack ${name}` })
  }
  // From the lock file, for only one of the platform packages is installed; npm takes the folder's name for the package's.
  const text = await run(
    'npm',
    ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=library', '--omit=dev'],
    { label: 'npm sbom' },
  )
  const sbom = JSON.parse(text.slice(text.indexOf('{')))
  sbom.metadata.component.name = 'eko-eps'
  writeFileSync(at('release', `eko-eps-${version}.npm.cdx.json`), `${JSON.stringify(sbom, null, 2)}\n`)
  if (!(await works('cargo', ['cyclonedx', '--version'])))
    throw new Error('cargo-cyclonedx was not found: cargo install cargo-cyclonedx')
  await run('cargo', ['cyclonedx', ...CYCLONEDX, '--features', 'node', '--target', 'all'], { label: 'cargo cyclonedx' })
  copyFileSync(at('eko-eps.cdx.json'), at('release', `eko-eps-${version}.native.cdx.json`))
  rmSync(at('eko-eps.cdx.json'))
  const sums = readdirSync(folder).map((name) => {
    return `${createHash('sha256')
      .update(readFileSync(at('release', name)))
      .digest('hex')}  ${name}\n`
  })
  writeFileSync(at('release', 'SHA256SUMS'), sums.join(''))
  console.log(sums.join(''))
}

/** What is there already stays: a release that failed half-way can be run again. */
async function publish() {
  for (const { name, file } of packages) {
    if (await works('npm', ['view', `${name}@${version}`, 'version'])) console.log(`${name} ${version} is published`)
    else
      await run('npm', ['publish', at('release', file), '--access=public', '--provenance'], {
        label: `npm publish ${name}`,
      })
  }
}

const [what] = process.argv.slice(2)
if (what === 'pack') await pack()
else if (what === 'publish') await publish()
else throw new Error('say "pack" or "publish"')
