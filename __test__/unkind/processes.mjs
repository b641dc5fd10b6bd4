// The processes of a schedule, from life to life: they are stopped, killed, and started again.
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

  /** `options`: those of each client. `note`: for who looks at a seed again. */
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

  /** Whether it can do something now. */
  living(name) {
    const life = this.#lives.get(name)
    return life?.dead || this.#over ? undefined : life
  }
  anyone() {
    return [...this.#lives.values()].find(({ dead }) => !dead)
  }

  /** One process, until the end. */
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
      // Somebody starts it again.
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

  /** No process begins until what this gives is called. */
  hold() {
    let open
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return open
  }

  /** While all processes stand still. */
  async still(does) {
    const open = this.hold()
    const all = [...this.#lives.values()].filter(({ dead }) => !dead)
    for (const life of all) life.stop()
    await pause(20)
    does()
    for (const life of all) life.goOn()
    open()
  }

  /** Something else lies in the journal's place. */
  replaced() {
    this.#whole = false
  }
  /** The journal is there again: whoever has seen it replaced is started anew. */
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
