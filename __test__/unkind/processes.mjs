// The processes of a schedule. Each is stopped, killed, and started again, life after life.
import { setTimeout as pause } from 'node:timers/promises'
import { Life } from './life.mjs'

export class Processes {
  counts = { lives: 0, kills: 0, stops: 0, five: 0, unusable: 0 }
  #options
  #hears
  #note
  #lives = new Map()
  #timers = new Set()
  #over = false
  #whole = true
  #gate = Promise.resolve()

  /** `options` are those of each client; `note` records what happens, to investigate a seed. */
  constructor(options, hears, note) {
    this.#options = options
    this.#hears = hears
    this.#note = note
  }

  begin(name, { create = false, ...options } = {}) {
    this.counts.lives++
    const { journal, ...common } = this.#options
    const life = new Life({ ...common, journal: { file: journal, create }, ...options }, (message) => {
      if (message.told.code === 'journal.unusable') this.#isUnusable(life)
      this.#hears(message)
    })
    this.#lives.set(name, life)
    this.#note(`process ${name} begins`)
    return life
  }

  /** Returns the running life of this process, or `undefined` if it has ended or the schedule is over. */
  living(name) {
    const life = this.#lives.get(name)
    return life?.dead || this.#over ? undefined : life
  }
  anyone() {
    return [...this.#lives.values()].find(({ dead }) => !dead)
  }

  /** Runs one process with its planned lives until the schedule is over. */
  async run(index, { lives, resolver }) {
    const planned = [...lives]
    for (;;) {
      await this.#gate
      if (this.#over) return
      const { diesAfterMs, stops } = planned.shift() ?? { stops: [] }
      const life = this.begin(index, { resolver, everyMs: 100 })
      for (const { afterMs, forMs } of stops) this.#later(afterMs, () => this.#stop(life, index, forMs))
      if (diesAfterMs !== undefined) this.#later(diesAfterMs, () => this.#kill(life, index))
      await life.ended
      // The process is started again after a pause.
      await pause(100)
    }
  }

  #later(ms, does) {
    this.#timers.add(setTimeout(does, ms))
  }

  #kill(life, index) {
    if (life.dead) return
    this.counts.kills++
    this.#note(`process ${index} is killed`)
    void life.kill()
  }

  #stop(life, index, forMs) {
    if (life.dead) return
    this.counts.stops++
    this.#note(`process ${index} stands still for ${forMs} ms`)
    life.stop()
    this.#later(forMs, () => life.goOn())
  }

  #isUnusable(life) {
    this.counts.unusable++
    life.unusable = true
    if (this.#whole) void life.kill()
  }

  /** Lets no process begin. Returns a function that lets them begin again. */
  hold() {
    let open
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return open
  }

  /** Does something while all processes are frozen. */
  async still(does) {
    const open = this.hold()
    const all = [...this.#lives.values()].filter(({ dead }) => !dead)
    for (const life of all) life.stop()
    await pause(20)
    does()
    for (const life of all) life.goOn()
    open()
  }

  /** Notes that another file is in place of the journal. */
  replaced() {
    this.#whole = false
  }
  /** Notes that the journal is back. Kills the processes that have seen it replaced; they are then started again. */
  whole() {
    this.#whole = true
    for (const life of this.#lives.values()) if (life.unusable) void life.kill()
  }

  killAll() {
    return Promise.all([...this.#lives.values()].map((life) => life.kill()))
  }

  async end() {
    this.#over = true
    await this.killAll()
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
