// Writes THIRD-PARTY-LICENSES.txt of a package: the licence texts of the crates inside its native or wasm module.
import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { at, root } from './paths.mjs'

const NAME = /^(licen[cs]e|copying|copyright|notice|unlicense)/i
/** Folders of a crate that are not compiled: another SQLite, another mimalloc, tests. */
const NOT_BUILT = /(^|[/\\])(sqlcipher|v3|tests|examples|benches)[/\\]/
const RULE = `\n${'='.repeat(100)}\n\n`

function cargo(...args) {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] }
  return execFileSync('cargo', args, options)
}

const WASM = 'wasm32-unknown-unknown'

/** Returns the crates that are linked into the module, without those that only build it or run inside the compiler. */
function crates(rust) {
  const features = rust === WASM ? ['--no-default-features', '--features', 'wasm'] : ['--features', 'node']
  const common = ['--quiet', '--locked', '--manifest-path', at('Cargo.toml'), ...features]
  const edges = ['--edges', 'normal,no-proc-macro', '--prefix', 'none', '--format', '{p}']
  const tree = cargo('tree', ...common, ...edges, '--target', rust)
  const linked = new Set([...tree.matchAll(/^(\S+) v(\S+)/gm)].map(([, name, version]) => `${name} ${version}`))
  const { packages } = JSON.parse(cargo('metadata', ...common, '--format-version', '1', '--filter-platform', rust))
  const found = packages.filter(({ name, version }) => linked.has(`${name} ${version}`))
  if (found.length !== linked.size) throw new Error(`${linked.size} crates are linked, ${found.length} were found`)
  return found.filter(({ name }) => name !== 'eko-eps').sort((a, b) => (a.manifest_path < b.manifest_path ? -1 : 1))
}

/** Returns the licence texts in the sources of a crate, including those of its C sources. */
function texts({ name, license, authors, manifest_path }) {
  const folder = dirname(manifest_path)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && NAME.test(file.name) && !file.name.endsWith('.rs'))
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => !NOT_BUILT.test(path.slice(folder.length)))
    .sort()
  if (files.length > 0) return files.map((path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim())
  // Some crates name MIT only in the manifest. The text of this licence is always the same, except for the copyright
  // line.
  if (license !== 'MIT')
    throw new Error(`${name} ships no licence text: add the text of its licence by hand: ${license}`)
  const own = readFileSync(at('LICENSE-MIT'), 'utf8')
  return [own.replace(/^Copyright .*$/m, `Copyright (c) ${authors.join(', ') || `the authors of ${name}`}`).trim()]
}

/** Returns the text of the file for a target. A licence text that many crates share appears once. */
export function notices(rust = WASM) {
  const all = crates(rust)
  const shared = new Map()
  for (const crate of all) {
    for (const text of new Set(texts(crate))) {
      const key = text.replace(/\s+/g, ' ')
      const entry = shared.get(key) ?? { text, users: [] }
      entry.users.push(`${crate.name} ${crate.version}`)
      shared.set(key, entry)
    }
  }
  const parts = [...shared.values()].map(({ text, users }) => `Of ${users.join(', ')}:\n\n${text}\n`)
  const what = rust === WASM ? 'wasm signer' : 'native module'
  const head = [
    `The ${what} of eko-eps holds the software that is listed here, under the licences whose texts follow.\n`,
    ...(rust === WASM ? [] : ['SQLite, which libsqlite3-sys holds, is in the public domain.']),
    "Rust's standard library: MIT OR Apache-2.0, copyright The Rust Project Developers.",
    ...all.map(({ name, version, license }) => `${name} ${version}: ${license}`),
  ]
  return [`${head.join('\n')}\n`, ...parts].join(RULE)
}

/**
 * Puts the licence files into the folder of a package. Each file is renamed to its final name in one step, because two
 * processes may pack the same folder at the same time.
 */
export function placeLicenses(folder, rust) {
  const place = (name, put) => {
    const path = join(folder, name)
    put(`${path}.${process.pid}`)
    renameSync(`${path}.${process.pid}`, path)
  }
  const own = ['LICENSE-MIT', 'LICENSE-APACHE'].filter(() => folder !== at())
  for (const name of own) place(name, (path) => copyFileSync(at(name), path))
  place('THIRD-PARTY-LICENSES.txt', (path) => writeFileSync(path, notices(rust)))
}
