// The scene of a test: an EPS, clients and journals that are removed at its end, and other processes.
import assert from 'node:assert/strict'
import { execFileSync, fork, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { MemoryStore } from '../support/memory-store.mjs'
import { Eps, lost, swallowed } from './eps.mjs'
import { ask, entry, isOpen, open, send, TRANSFER } from './product.mjs'

export { pause }
/** The debit that EPS has booked before the test begins. */
export const KNOWN = 'KNOWN-01'
/** The debit that the test is about. */
export const REF = 'TRIAL-01'

/** A store that a test can delay before and after each operation. */
export class Shelf extends MemoryStore {
  after = () => {}
  async write(row, also) {
    const written = await super.write(row, also)
    await this.after(row, written)
    return written
  }
}

export class Scene {
  #ends = []
  eps
  journal
  eko

  /** Makes a scene. `known: false`: nothing was booked before. */
  static async of(test, { known = true, journal, ...options } = {}) {
    const scene = new Scene()
    test.after(() => scene.#end())
    scene.eps = await Eps.open()
    scene.#ends.push(() => scene.eps.close())
    scene.journal = journal ?? scene.path()
    scene.eko = scene.client(options)
    if (known) assert.equal((await send(scene.eko, KNOWN)).outcome, 'settled')
    return scene
  }

  /** Opens a client on the scene's journal, or on another. */
  client({ journal = this.journal, ...options } = {}) {
    const eko = open(this.eps, { journal: journal instanceof MemoryStore ? { store: journal } : journal, ...options })
    this.atEnd(() => eko.close())
    return eko
  }

  folder() {
    const folder = mkdtempSync(join(tmpdir(), 'eko-eps-promise-'))
    this.#ends.push(() => rmSync(folder, { recursive: true, force: true }))
    return folder
  }

  /** Returns a path without a journal. */
  path() {
    return join(this.folder(), 'journal')
  }

  atEnd(end) {
    this.#ends.push(end)
  }

  /** Sends REF and loses its answer. `booked` says whether EPS books it. */
  async lose({ booked = false, reference = REF, eko = this.eko } = {}) {
    this.eps.answer.debit = (request) => {
      if (request.reference !== reference) return undefined
      return booked ? lost(booked) : swallowed()
    }
    const outcome = await send(eko, reference)
    assert.ok(isOpen(outcome), `a lost debit is ${outcome.outcome}`)
    return outcome
  }

  /** Loses a debit, and lets silence end it. */
  async spend(options = {}) {
    const outcome = await this.lose(options)
    const { reference = REF, eko = this.eko } = options
    const end = await askOften(eko, reference)
    assert.equal(end.outcome, 'notSent', `silence has not ended it: ${end.why}`)
    return { ...outcome, ...end }
  }

  /** Closes the client and opens another on the same journal. */
  async restart(options) {
    await this.eko.close()
    this.eko = this.client(options)
    return this.eko
  }

  /** Starts another process with a client on this journal. */
  async neighbour({ journal = this.journal, ...options } = {}) {
    const program = fileURLToPath(new URL('./neighbour.mjs', import.meta.url))
    const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const gone = new Promise((done) => child.once('exit', done))
    this.atEnd(() => {
      child.kill('SIGKILL')
      return gone
    })
    let count = 0
    const waiting = new Map()
    child.on('message', (message) => waiting.get(message.id)?.(message.told))
    const ended = gone.then(() => ({ outcome: 'ended' }))
    const call = (what, ...args) => {
      const id = count++
      const answer = new Promise((resolve) => waiting.set(id, resolve))
      child.send({ id, what, args }, () => {})
      return Promise.race([answer, ended])
    }
    const opened = await call('open', { baseUrl: this.eps.baseUrl, ...options, journal })
    return {
      child,
      opened,
      send: (...args) => call('send', ...args),
      ask: (...args) => call('ask', ...args),
      listed: () => call('listed'),
      alarms: () => call('alarms'),
      close: async () => {
        await call('close')
        await gone
      },
      kill: async () => {
        child.kill('SIGKILL')
        await gone
      },
    }
  }

  async #end() {
    for (const end of this.#ends.splice(0).reverse())
      await Promise.race([
        Promise.resolve()
          .then(end)
          .catch(() => {}),
        pause(5000, undefined, { ref: false }),
      ])
  }
}

/**
 * Asks about a debit twice as often as a hasty schedule needs to end one that EPS does not find. Resolves to its state
 * then. absence.test.mjs tests that this is enough.
 */
export async function askOften(
  eko,
  reference,
  { op = TRANSFER, times = 5, everyMs = 25, until = (known) => !isOpen(known) } = {},
) {
  let known
  for (let i = 0; i < times; i++) {
    known = await ask(eko, reference, op)
    if (known.outcome === 'rejected') known = { ...(await entry(eko, reference, op)), refused: known.code }
    else if (until(known)) return known
    await pause(everyMs)
  }
  return known
}

/** Checks that a debit is open, its reference refused, and that it is not sent again. */
export async function staysOpen(scene, known, reference = REF) {
  assert.ok(isOpen(known), `it is ${known.outcome}`)
  assert.equal((await send(scene.eko, reference)).code, 'reference_used')
  assert.equal(scene.eps.debits(reference), 1)
}

/** Waits until the condition is true. In these tests this takes milliseconds. */
export async function soon(condition, what, limitMs = 8000) {
  const begun = performance.now()
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() - begun > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await pause(20)
  }
}

/** Returns the existing files of a journal: its own, those of SQLite, and the mark. */
export function filesOf(journal) {
  const name = basename(journal)
  return readdirSync(dirname(journal))
    .filter((file) => file.startsWith(name))
    .map((file) => join(dirname(journal), file))
}
/** Returns the mark of a journal, the small file beside it that counts its commits. */
export const markOf = (journal) => filesOf(journal).find((file) => !/(journal|-wal|-shm)$/.test(file))

/** Another program copies: a process that copies a journal's file which it has open would lose its own locks on it. */
export const copy = (from, to) => execFileSync('cp', ['-a', from, to])
export const move = (from, to) => execFileSync('mv', [from, to])

const python = spawnSync('python3', ['-c', 'import sqlite3']).status === 0
/** Python's SQLite plays another program; without it the test is skipped. */
export const skip = python ? false : 'python3 with sqlite3 is not here'
export const sqlite = (code, ...args) =>
  execFileSync('python3', ['-c', `import sqlite3,sys\n${code}`, ...args]).toString()
/** Runs the code and keeps the connection open until its input ends. */
export async function sqliteHolds(scene, code, ...args) {
  const text = `import sqlite3,sys\n${code}\nprint('ready',flush=True)\nsys.stdin.read()`
  const child = spawn('python3', ['-c', text, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise((done) => child.once('exit', done))
  const end = () => {
    child.stdin.end()
    return gone
  }
  scene.atEnd(end)
  await Promise.race([new Promise((done) => child.stdout.once('data', done)), gone])
  return end
}
