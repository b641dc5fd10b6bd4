// Finds and loads the native module. If that fails, the error names what is missing, the cause and the fix.

import { libc } from './libc.js'
import { UNSUPPORTED_RUNTIME } from './unsupported-runtime.js'
import { VERSION } from './version.js'

/** Text, or a refusal: `!` and the error as JSON. */
export type Text = string

/** Signer whose key is held in Rust. */
export interface NativeSigner {
  sign(timestampMs: number): Text
  /** Returns the signature (44 characters) and its timestamp in one string. */
  headers(): Text
  requestHash(timestampMs: number, values: readonly string[]): Text
}

/** Client whose keys and connections are held in Rust. */
export interface NativeClient {
  call(id: number, op: string, params: string, deadlineMs: number): void
  /** Sends a debit. `retryOf` is the spent reference that it replaces; empty if there is none. */
  debit(id: number, op: string, params: string, deadlineMs: number, retryOf: string): void
  /** Sends a command to the journal, as JSON. */
  journal(id: number, command: string): void
  /** Reads a callback that EPS posted. */
  callback(body: string): Text
  /** Sends events of debits to the listener of this id from now on. */
  subscribe(id: number): void
  prepare(op: string, params: string): Text
  interpret(op: string, status: number, headers: string, body: string): Text
  close(): void
}

/** Sandbox that runs on a thread of its own. */
export interface NativeSandbox {
  start(id: number, port: number): void
  control(command: string): Text
  close(id: number): void
}

/**
 * Receiver of the calls, events and store questions of one copy of this JavaScript. Its ids belong to that copy only.
 */
export interface Receiver {
  /** Returns all that has finished, as a flat list: id, text and raw body of each entry. */
  drain(): (number | string | undefined)[]
  registerAbort(id: number): void
  abort(id: number): void
  /** Passes on the answer of a store to a question. */
  answer(question: number, succeeded: boolean, text: string): void
  createClient(accessKey: string | null, accessKeyFile: string | null, config: string): NativeClient | Text
  createSandbox(): NativeSandbox
}

/** Exports of `src/binding/node.rs`. */
export interface Native {
  readonly version: string
  /** Inputs of the build: version, target, profile and a digest of the sources. */
  readonly build: string
  /** Sandboxes that run. They outlive their copy of this JavaScript, so the native module holds them and not a copy. */
  readonly running: object[]
  createReceiver(wake: () => void): Receiver
  createSigner(
    accessKey: string,
    developerKey: string | null,
    index: number | null,
    of: number | null,
  ): NativeSigner | Text
}

/** Returns the name of this system's package, without `@eko-eps/`. */
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
  // Loaded only after a failure.
  const explain = (): typeof import('./native-errors.js') => require('./native-errors.js')
  const failures: NodeJS.ErrnoException[] = []
  // The second path is the place where a checkout of the sources builds the module.
  for (const path of [`@eko-eps/${name}`, `../npm/${name}/eko-eps.${name}.node`]) {
    try {
      // The path is the result of a call, so that no bundler knows it beforehand. Turbopack would fail at the file
      // itself, with a less useful message.
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

/** Native module of this platform. */
export const native: Native = load()
