// Finds and loads the native module; when it cannot, says what is missing, why that happens and what helps.
import { VERSION } from './version.js'

/** Text, or a refusal: `!` and the error as JSON. */
export type Text = string

/** A signer whose key lives in Rust. */
export interface NativeSigner {
  sign(timestampMs: number): Text
  /** The signature (44 characters) and its timestamp in one string. */
  headers(): Text
  requestHash(timestampMs: number, values: readonly string[]): Text
}

/** A client whose keys and connections live in Rust. */
export interface NativeClient {
  call(id: number, op: string, params: string, deadlineMs: number): void
  debit(id: number, op: string, params: string, deadlineMs: number): void
  /** A command to the journal, as JSON. */
  journal(id: number, command: string): void
  /** What EPS posted, read. */
  callback(body: string): Text
  /** From now on events of debits are told to the listener of that id. */
  listen(id: number): void
  prepare(op: string, params: string): Text
  interpret(op: string, status: number, headers: string, body: string): Text
  close(): void
}

/** A sandbox on a thread of its own. */
export interface NativeSandbox {
  start(id: number, port: number): void
  control(command: string): Text
  close(id: number): void
}

/** What `src/binding/node.rs` exports. */
export interface Native {
  readonly version: string
  /** What it was built from: version, target, profile and a digest of the sources. */
  readonly build: string
  open(wake: () => void): void
  take(): (number | string)[]
  arm(id: number): void
  abort(id: number): void
  /** What a store says to a question. */
  answer(question: number, succeeded: boolean, text: string): void
  createSigner(accessKey: string, developerKey: string | null): NativeSigner | Text
  createClient(accessKey: string | null, accessKeyFile: string | null, config: string): NativeClient | Text
  createSandbox(): NativeSandbox
}

/** The builds that may fit, the likelier first. Asking which libc this is costs more than trying. */
function candidates(): string[] {
  const { platform, arch } = process
  if (platform === 'linux') return [`linux-${arch}-gnu`, `linux-${arch}-musl`]
  if (platform === 'win32') return [`win32-${arch}-msvc`]
  return [`${platform}-${arch}`]
}

/** The C library, as the running Node reports it. */
function libc(): string {
  if (process.platform !== 'linux') return 'none to choose'
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  const glibc = report?.header?.glibcVersionRuntime
  return glibc === undefined ? 'musl' : `glibc ${glibc}`
}

function explain(tried: string[], failures: Error[]): Error {
  const { optionalDependencies } = require('../package.json') as { optionalDependencies: Record<string, string> }
  const [first = ''] = tried
  const name = libc() === 'musl' ? first.replace(/-gnu$/, '-musl') : first
  const wanted = `@eko-eps/${name}`
  const prebuilt = Object.keys(optionalDependencies)
  const lines = [
    `eko-eps ${VERSION} cannot load its native module.`,
    `This is ${process.platform} on ${process.arch}, libc: ${libc()}, Node ${process.version}; the package it needs is ${wanted}.`,
  ]
  if (prebuilt.includes(wanted)) {
    lines.push(
      `Usual cause: optional dependencies were left out, by --omit=optional, or by a package-lock.json or node_modules made on another system.`,
      `Fix: on this system, delete node_modules and package-lock.json and run "npm install", or run "npm install ${wanted}@${VERSION}".`,
    )
  } else {
    lines.push(
      `There is no such package in this version; there is: ${prebuilt.join(', ')}.`,
      `Fix: run on one of these systems, or build the module from the sources of eko-eps ("npm run build", needs Rust).`,
    )
  }
  for (const failure of failures) lines.push(`Tried: ${failure.message.split('\n')[0]}`)
  return Object.assign(new Error(lines.join('\n')), { code: 'native_missing' })
}

function find(): Native {
  const tried = candidates()
  const failures: Error[] = []
  for (const name of tried) {
    // The second is where a checkout of the sources builds it.
    for (const path of [`@eko-eps/${name}`, `../npm/${name}/eko-eps.${name}.node`]) {
      try {
        return require(path) as Native
      } catch (error) {
        failures.push(error as Error)
      }
    }
  }
  throw explain(tried, failures)
}

function load(): Native {
  const native = find()
  if (native.version === VERSION) return native
  const message = `eko-eps ${VERSION} has found a native module of version ${native.version} for ${process.platform} on ${process.arch}; both must be the same.
Usual cause: only one of the packages eko-eps and @eko-eps/* was updated, or a bundler or cache kept an old file.
Fix: delete node_modules and run "npm install"; in a checkout of the sources, run "npm run build".`
  throw Object.assign(new Error(message), { code: 'native_version' })
}

/** The native module of this platform. */
export const native: Native = load()
