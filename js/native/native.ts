// Finds and loads the native module. If that fails, the error names what is missing, the cause and the fix.

import { libc } from './libc.js'
import { UNSUPPORTED_RUNTIME } from './unsupported-runtime.js'
import { VERSION } from './version.js'

/** Text of an answer, or a refusal: `!` followed by the error as JSON. */
export type NativeText = string

/** Signer whose key is held in Rust. */
export interface NativeSigner {
  sign(timestampMs: number): NativeText
  /** Returns the signature (44 characters) and the signed timestamp in one string. */
  headers(): NativeText
  requestHash(timestampMs: number, values: readonly string[]): NativeText
}

/** Client whose keys and connections are held in Rust. */
export interface NativeClient {
  call(id: number, op: string, params: string, deadlineMs: number): void
  /**
   * Sends a debit. `retryOf` is the spent reference (one that must not be used again) that this debit replaces; empty
   * if there is none.
   */
  debit(id: number, op: string, params: string, deadlineMs: number, retryOf: string): void
  /** Sends a command to the journal. `command` is JSON. */
  journal(id: number, command: string): void
  /** Reads a callback that EPS posted. */
  callback(body: string): NativeText
  /** Sends all events from now on to the listener with this id. */
  subscribe(id: number): void
  prepare(op: string, params: string): NativeText
  interpret(op: string, status: number, headers: string, body: string): NativeText
  close(): void
}

/** Sandbox that runs on its own thread. */
export interface NativeSandbox {
  start(id: number, port: number): void
  control(command: string): NativeText
  close(id: number): void
}

/**
 * Object through which the native module delivers answers, events and questions to a store. Each loaded copy of this
 * JavaScript creates its own receiver and its own ids.
 */
export interface Receiver {
  /** Returns all messages that are ready, as a flat list with three items per message: id, text and raw body. */
  drain(): (number | string | undefined)[]
  registerAbort(id: number): void
  abort(id: number): void
  /** Passes the answer of a store to the native module. */
  answer(question: number, succeeded: boolean, text: string): void
  createClient(accessKey: string | null, accessKeyFile: string | null, config: string): NativeClient | NativeText
  createSandbox(): NativeSandbox
}

/** Exports of the native module, which `src/binding/node.rs` defines. */
export interface Native {
  readonly version: string
  /** Description of the build: version, target, profile and a digest of the sources. */
  readonly build: string
  /**
   * Running sandboxes. The native module holds them, because a sandbox must outlive the copy of this JavaScript that
   * started it.
   */
  readonly running: object[]
  createReceiver(wake: () => void): Receiver
  createSigner(
    accessKey: string,
    developerKey: string | null,
    index: number | null,
    of: number | null,
  ): NativeSigner | NativeText
}

/** Returns the name of the platform package of this system, without `@eko-eps/`. */
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
  // The file `native-errors.js` is loaded only after a failure.
  const explain = (): typeof import('./native-errors.js') => require('./native-errors.js')
  const failures: NodeJS.ErrnoException[] = []
  // The second path is where a checkout of the sources builds the native module. It is relative to `dist/core.js`, the
  // bundle that contains this file.
  for (const path of [`@eko-eps/${name}`, `../npm/${name}/eko-eps.${name}.node`]) {
    try {
      // The call of `String` keeps bundlers from resolving the path at build time. Turbopack would fail with a less
      // useful message.
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
