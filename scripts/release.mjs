// What a release consists of. `pack`: tarballs, SBOMs and checksums into release/; `publish`: the tarballs go to npm.
// The release workflow calls it; `pack` runs anywhere once everything is built, and packs a
// part of it when it is told names.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, json, root } from './paths.mjs'
import { run, works } from './run.mjs'
import { TARGETS } from './targets.mjs'

const { version } = json('package.json')
const folder = at('release')
const CYCLONEDX = '--format json --spec-version 1.5 --all --no-build-deps --features node --target all'.split(' ')

/** The packages in the order in which they are published: whoever installs the last one finds all the others. */
const packages = [
  ...TARGETS.map(({ name }) => ({
    name: `@eko-eps/${name}`,
    source: at('npm', name),
    file: `eko-eps-${name}-${version}.tgz`,
  })),
  { name: 'eko-eps', source: at(), file: `eko-eps-${version}.tgz` },
]

async function tarballs(wanted) {
  for (const { name, source } of wanted)
    await run('npm', ['pack', '--pack-destination', folder], { cwd: source, label: `npm pack ${name}` })
}

/** Of what npm installs: from the lock file, for only one of the platform packages lies here. */
async function npmSbom() {
  const options = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=library', '--omit=dev']
  const text = await run('npm', ['sbom', ...options], { label: 'npm sbom' })
  const sbom = JSON.parse(text.slice(text.indexOf('{')))
  // npm takes the folder's name for the package's.
  sbom.metadata.component.name = 'eko-eps'
  writeFileSync(at('release', `eko-eps-${version}.npm.cdx.json`), `${JSON.stringify(sbom, null, 2)}\n`)
}

/** Of the crates inside the native modules. */
async function nativeSbom() {
  if (!(await works('cargo', ['cyclonedx', '--version'])))
    throw new Error('cargo-cyclonedx was not found: cargo install cargo-cyclonedx')
  await run('cargo', ['cyclonedx', ...CYCLONEDX], { label: 'cargo cyclonedx' })
  // It names things by where they lie.
  const text = readFileSync(at('eko-eps.cdx.json'), 'utf8').replaceAll(root, '/eko-eps')
  writeFileSync(at('release', `eko-eps-${version}.native.cdx.json`), text)
  for (const path of strewn()) rmSync(path)
}

/** It writes one for every member of the workspace, and only the product's is wanted. */
function strewn() {
  const [, list] = /^members = \[(.*)\]$/m.exec(readFileSync(at('Cargo.toml'), 'utf8'))
  return [at('.'), ...JSON.parse(`[${list}]`).map((member) => at(member))].flatMap((member) =>
    readdirSync(member)
      .filter((name) => name.endsWith('.cdx.json'))
      .map((name) => join(member, name)),
  )
}

function checksums() {
  const lines = readdirSync(folder).map((name) => {
    const sum = createHash('sha256').update(readFileSync(at('release', name)))
    return `${sum.digest('hex')}  ${name}\n`
  })
  writeFileSync(at('release', 'SHA256SUMS'), lines.join(''))
  console.log(lines.join(''))
}

async function pack(names) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  await tarballs(names.length > 0 ? packages.filter(({ name }) => names.includes(name)) : packages)
  await npmSbom()
  await nativeSbom()
  checksums()
}

async function published(name) {
  const view = run('npm', ['view', `${name}@${version}`, 'version'], { label: `npm view ${name}` })
  // A package without this version is no error to npm, but prints nothing.
  return view.then(
    (text) => text.includes(version),
    () => false,
  )
}

/** What is there already stays: a release that failed half-way can be run again. */
async function publish() {
  for (const { name, file } of packages) {
    if (await published(name)) console.log(`${name} ${version} is published`)
    else
      await run('npm', ['publish', at('release', file), '--access=public', '--provenance'], {
        label: `npm publish ${name}`,
      })
  }
}

const [what, ...names] = process.argv.slice(2)
if (what === 'pack') await pack(names)
else if (what === 'publish') await publish()
else throw new Error('say "pack" or "publish"')
