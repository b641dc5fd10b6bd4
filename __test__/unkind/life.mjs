// One life of a process, as its parent sees it: started, stopped, killed.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./process.mjs', import.meta.url))

export class Life {
  dead = false
  /** It has seen that its journal was replaced: it sends no debit any more. */
  unusable = false
  #child
  #waiting = new Map()
  #count = 0

  /** Its client is open once `opened` resolves. `hears`: what it tells. */
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

  /** `undefined` where it ends meanwhile. */
  call(what, options = {}) {
    if (this.dead) return Promise.resolve(undefined)
    const id = this.#count++
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve))
    this.#child.send({ id, what, options }, () => {})
    return answer
  }

  /** Stands still. */
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
