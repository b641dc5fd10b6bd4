// One life of a process (from start to end), as its parent sees and controls it.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./process.mjs', import.meta.url))

export class Life {
  dead = false
  /** Whether the process has noticed that its journal was replaced. Then it sends no more debits. */
  unusable = false
  #child
  #waiting = new Map()
  #count = 0

  /** Starts a process; its client is open once `opened` resolves. `hears` gets each report of the process. */
  constructor(options, hears) {
    const child = fork(program, { execArgv: ['--no-warnings'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child = child
    this.ended = new Promise((done) => child.once('exit', done)).then(() => {
      this.dead = true
      for (const end of this.#waiting.values()) end(undefined)
      this.#waiting.clear()
    })
    child.on('error', () => {})
    child.on('message', (message) => {
      if (message.told !== undefined) return hears(message, this)
      this.#waiting.get(message.id)?.(message.result)
      this.#waiting.delete(message.id)
    })
    this.opened = this.call('open', options)
  }

  /** Orders a process to do something. Resolves to its answer, or to `undefined` if it ends before. */
  call(what, options = {}) {
    if (this.dead) return Promise.resolve(undefined)
    const id = this.#count++
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve))
    this.#child.send({ id, what, options }, () => {})
    return answer
  }

  /** Freezes the process. */
  stop() {
    this.#child.kill('SIGSTOP')
  }
  goOn() {
    this.#child.kill('SIGCONT')
  }
  kill() {
    this.#child.kill('SIGKILL')
    return this.ended
  }
}
