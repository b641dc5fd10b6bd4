// The version is the one in package.json. `node scripts/version.mjs` says whether everything else agrees with it;
// `node scripts/version.mjs 1.2.3` (or `--write`) makes it agree, platform packages included.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { at, json } from './paths.mjs'
import { manifest, TARGETS } from './targets.mjs'

const text = (path) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : '')
const print = (value) => `${JSON.stringify(value, null, 2)}\n`

/** Replaces what `pattern` finds once; a file in which it finds nothing is not what we think it is. */
function replaced(path, pattern, value) {
  const old = text(path)
  if (!pattern.test(old)) throw new Error(`${path}: ${pattern} was not found`)
  return old.replace(pattern, value)
}

/**
 * The lock file with the platform packages as links to their folders. They are no workspaces, for npm refuses a checkout
 * with a workspace of another platform; as links of optional dependencies it takes the one that fits.
 */
function lock(root) {
  const { packages, ...head } = JSON.parse(text('package-lock.json'))
  const kept = Object.entries(packages).filter(([path]) => !/^(node_modules\/@eko-eps|npm)\//.test(path))
  const { workspaces: _, ...main } = packages['']
  const links = TARGETS.flatMap((target) => {
    const { name, version, cpu, libc, license, os, engines } = manifest(target, root)
    const entry = { name, version, cpu, ...(libc ? { libc } : {}), license, optional: true, os, engines }
    return [
      [`node_modules/${name}`, { resolved: `npm/${target.name}`, link: true }],
      [`npm/${target.name}`, entry],
    ]
  })
  const all = [...kept.filter(([path]) => path !== ''), ...links].sort(([a], [b]) => a.localeCompare(b, 'en'))
  const first = { ...main, version: root.version, optionalDependencies: root.optionalDependencies }
  return print({ ...head, version: root.version, packages: { '': first, ...Object.fromEntries(all) } })
}

/** What every file that holds the version, or the list of targets, must say: path and text. */
export function expected(version = json('package.json').version) {
  const optionalDependencies = Object.fromEntries(TARGETS.map(({ name }) => [`@eko-eps/${name}`, version]))
  const root = { ...json('package.json'), version, optionalDependencies }
  const cargoLock = /(name = "eko-eps"\nversion = ")[^"]*/
  const names = TARGETS.map(({ name }) => `  '${name}',`).join('\n')
  const files = {
    // In the text, for the formatter keeps short arrays on one line.
    'package.json': replaced('package.json', /("version": ")[^"]*/, `$1${version}`).replace(
      /"optionalDependencies": \{[^}]*\}/,
      `"optionalDependencies": ${JSON.stringify(optionalDependencies, null, 2).replaceAll('\n', '\n  ')}`,
    ),
    'package-lock.json': lock(root),
    'Cargo.toml': replaced('Cargo.toml', /^(version = ")[^"]*/m, `$1${version}`),
    'Cargo.lock': replaced('Cargo.lock', cargoLock, `$1${version}`),
    'fuzz/Cargo.lock': replaced('fuzz/Cargo.lock', cargoLock, `$1${version}`),
    'js/native/version.ts': replaced('js/native/version.ts', /(VERSION = ')[^']*/, `$1${version}`),
    'js/native/platforms.ts': replaced('js/native/platforms.ts', /(PLATFORMS[^=]*= \[)[^\]]*/, `$1\n${names}\n`),
  }
  for (const target of TARGETS) files[`npm/${target.name}/package.json`] = print(manifest(target, root))
  return files
}

/** The files that do not say so. A JSON file may be laid out in another way. */
export function disagreeing(version) {
  const strange = readdirSync(at('npm')).filter((name) => !TARGETS.some((target) => target.name === name))
  const wrong = Object.entries(expected(version)).filter(([path, wanted]) => {
    if (!path.endsWith('.json')) return text(path) !== wanted
    return text(path) === '' || !isDeepStrictEqual(JSON.parse(text(path)), JSON.parse(wanted))
  })
  return [...strange.map((name) => `npm/${name}`), ...wrong.map(([path]) => path)]
}

function write(version) {
  const files = expected(version)
  for (const path of disagreeing(version)) {
    if (files[path] === undefined) throw new Error(`${path} belongs to no target in scripts/targets.mjs`)
    mkdirSync(at(path, '..'), { recursive: true })
    writeFileSync(at(path), files[path])
    console.log(`wrote ${path}`)
  }
}

if (process.argv[1] === at('scripts', 'version.mjs')) {
  const [wanted] = process.argv.slice(2)
  if (wanted === undefined) {
    const wrong = disagreeing()
    for (const path of wrong)
      console.error(`${path} does not agree with package.json; run "node scripts/version.mjs --write"`)
    process.exitCode = wrong.length === 0 ? 0 : 1
  } else if (wanted === '--write') write(json('package.json').version)
  else if (/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(wanted)) write(wanted)
  else throw new Error(`"${wanted}" is no version; it looks like 1.2.3`)
}
