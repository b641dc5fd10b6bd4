// Finds and loads the native module; when it cannot, says what is missing, why that happens and what helps.

import { libc } from './libc.js'
import { UNSUPPORTED_RUNTIME } from './unsupported-runtime.js'
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
  /** `retryOf`: the spent reference that it replaces; empty where there is none. */
  debit(id: number, op: string, params: string, deadlineMs: number, retryOf: string): void
  /** A command to the journal, as JSON. */
  journal(id: number, command: string): void
  /** What EPS posted, read. */
  callback(body: string): Text
  /** From now on events of debits are told to the listener of that id. */
  subscribe(id: number): void
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

/** What hears of the calls, news and questions of one copy of this JavaScript, and of no other's. Its ids are that copy's own. */
export interface Receiver {
  /** Id, text and raw body, again and again. */
  drain(): (number | string | undefined)[]
  registerAbort(id: number): void
  abort(id: number): void
  /** What a store says to a question. */
  answer(question: number, succeeded: boolean, text: string): void
  createClient(accessKey: string | null, accessKeyFile: string | null, config: string): NativeClient | Text
  createSandbox(): NativeSandbox
}

/** What `src/binding/node.rs` exports. */
export interface Native {
  readonly version: string
  /** What it was built from: version, target, profile and a digest of the sources. */
  readonly build: string
  /** Sandboxes that run: they outlive their copy of this JavaScript, so no copy can be what keeps them. */
  readonly running: object[]
  createReceiver(wake: () => void): Receiver
  createSigner(
    accessKey: string,
    developerKey: string | null,
    index: number | null,
    of: number | null,
  ): NativeSigner | Text
}

/** The name of this system's package. */
function platformName(): string {
  const { platform, arch } = process
  if (platform === 'linux') {
    const suffix = arch === 'arm' ? 'eabihf' : ''
    return `linux-${arch}-${libc() === 'musl' ? 'musl' : 'gnu'}${suffix}`
  }
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`
}

function load(): Native {
  if (typeof process === 'undefined') throw Object.assign(new Error(UNSUPPORTED_RUNTIME), { code: 'native_missing' })
  const name = platformName()
  // Only a failure needs it.
  const explain = (): typeof import('./native-errors.js') => require('./native-errors.js')
  const failures: NodeJS.ErrnoException[] = []
  // The second is where a checkout of the sources builds it.
  for (const path of [`@eko-eps/${name}`, `../npm/${name}/eko-eps.${name}.node`]) {
    try {
      // As a call's value no bundler knows it beforehand: Turbopack would stop at the file itself, and say less.
      const native = require(String(path)) as Native
      if (native.version === VERSION) return native
      throw explain().otherVersion(name, native)
    } catch (error) {
      failures.push(error as NodeJS.ErrnoException)
      if ((error as NodeJS.ErrnoException).code === 'native_version') throw error
    }
  }
  throw explain().notLoaded(name, failures)
}

/** The native module of this platform. */
export const native: Native = load()
