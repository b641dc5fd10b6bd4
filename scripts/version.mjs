// Keeps the version in all files equal to the one in package.json. `node scripts/version.mjs` names the files that
// differ. `node scripts/version.mjs 1.2.3` writes a new version into all files, and `--write` the current one. Both
// also write the manifests of the platform packages.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { at, json } from './paths.mjs'
import { manifest, TARGETS } from './targets.mjs'

const text = (path) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : '')
const print = (value) => `${JSON.stringify(value, null, 2)}\n`

/**
 * Returns the text of a file, in which `value` replaces the match of `pattern`. Throws if there is no match, because
 * the file then differs from what this script expects.
 */
function replaced(path, pattern, value) {
  const old = text(path)
  if (!pattern.test(old)) throw new Error(`${path}: ${pattern} was not found`)
  return old.replace(pattern, value)
}

/**
 * Returns the lock file, with the platform packages as links to their folders. They are not workspaces, because npm
 * refuses a checkout with a workspace for another platform. npm accepts links of optional dependencies, and installs
 * the one that fits.
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

/** Returns the expected text of each file that contains the version or the list of targets, by the path of the file. */
export function expected(version = json('package.json').version) {
  const optionalDependencies = Object.fromEntries(TARGETS.map(({ name }) => [`@eko-eps/${name}`, version]))
  const root = { ...json('package.json'), version, optionalDependencies }
  const cargoLock = /(name = "eko-eps"\nversion = ")[^"]*/
  const names = TARGETS.map(({ name }) => `  '${name}',`).join('\n')
  const files = {
    // The text is changed and not the parsed JSON, because the formatter keeps short arrays on one line.
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

/** Returns the files that differ from the expected text. A JSON file may have another layout. */
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
