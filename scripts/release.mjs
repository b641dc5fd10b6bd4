// Makes and publishes a release. `pack` writes tarballs, SBOMs (lists of the contained packages) and checksums into
// release/. `publish` publishes the tarballs on npm. The release workflow calls this script. `pack` works on any
// machine after all builds; with names of packages, it packs only these.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, json, root } from './paths.mjs'
import { run, works } from './run.mjs'
import { TARGETS } from './targets.mjs'

const { version } = json('package.json')
const folder = at('release')
const CYCLONEDX = '--format json --spec-version 1.5 --all --no-build-deps --features node --target all'.split(' ')

/**
 * Packages in the order in which they are published. The main package is last, so that the packages it needs already
 * exist when users can install it.
 */
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

/**
 * Writes the SBOM of what npm installs. It is made from the lock file, because only one of the platform packages is
 * installed here.
 */
async function npmSbom() {
  const options = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=library', '--omit=dev']
  const text = await run('npm', ['sbom', ...options], { label: 'npm sbom' })
  const sbom = JSON.parse(text.slice(text.indexOf('{')))
  // npm uses the name of the folder instead of the name of the package.
  sbom.metadata.component.name = 'eko-eps'
  writeFileSync(at('release', `eko-eps-${version}.npm.cdx.json`), `${JSON.stringify(sbom, null, 2)}\n`)
}

/** Writes the SBOM of the crates inside the native modules. */
async function nativeSbom() {
  if (!(await works('cargo', ['cyclonedx', '--version'])))
    throw new Error('cargo-cyclonedx was not found: cargo install cargo-cyclonedx')
  await run('cargo', ['cyclonedx', ...CYCLONEDX], { label: 'cargo cyclonedx' })
  // The SBOM names crates by their paths on this machine, so the path of the project is replaced.
  const text = readFileSync(at('eko-eps.cdx.json'), 'utf8').replaceAll(root, '/eko-eps')
  writeFileSync(at('release', `eko-eps-${version}.native.cdx.json`), text)
  for (const path of strewn()) rmSync(path)
}

/**
 * Returns the SBOM files in all members of the workspace. cargo-cyclonedx writes one for each member, but only one is
 * needed.
 */
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
  // If a package does not have this version, npm does not fail but prints nothing.
  return view.then(
    (text) => text.includes(version),
    () => false,
  )
}

/** Publishes the packages that are not published yet, so that a release that failed half-way can be run again. */
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
