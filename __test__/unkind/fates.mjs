// Changes the journal's file under running processes: restores a backup, or puts another file in its place for a while.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { copy, filesOf, markOf, move } from '../promise/scene.mjs'

/** Returns SQLite's files of a journal, without the mark. */
const files = (journal) => filesOf(journal).filter((file) => file !== markOf(journal))
const moveInto = (folder, list) => {
  mkdirSync(folder, { recursive: true })
  for (const file of list) move(file, join(folder, basename(file)))
}
/** Copies the main file and the `-wal` file. SQLite makes the `-shm` file anew. */
const copyInto = (folder, journal) => {
  mkdirSync(folder)
  for (const file of files(journal).filter((name) => !name.endsWith('-shm'))) copy(file, join(folder, basename(file)))
}
const remove = (list) => {
  for (const file of list) rmSync(file, { recursive: true })
}

const HARM = {
  'a text': (journal) => writeFileSync(journal, 'not a journal\n'.repeat(1000)),
  'an empty file': (journal) => writeFileSync(journal, ''),
  'a folder': (journal) => mkdirSync(journal),
  nothing: () => {},
}

export class Fates {
  #story
  #journal

  constructor(story, journal) {
    this.#story = story
    this.#journal = journal
  }

  async run() {
    const { journal: fate } = this.#story.plan
    if (fate.kind === 'restored') await this.#restore(fate)
    if (fate.kind === 'replaced') await this.#replace(fate)
  }

  async #restore({ backupMs, atMs, declared }) {
    const story = this.#story
    const backup = join(dirname(this.#journal), 'backup')
    await story.until(backupMs)
    await story.processes.still(() => copyInto(backup, this.#journal))
    const from = Date.now()
    await story.until(atMs)
    const end = story.processes.hold()
    await story.processes.killAll()
    // The requests of the killed processes first leave for EPS.
    await pause(100)
    remove(files(this.#journal))
    for (const file of filesOf(join(backup, basename(this.#journal)))) copy(file, dirname(this.#journal))
    story.counts.restored++
    story.judge.restored(story.settledSince(from))
    end()
    if (!declared) return
    // A person declares the journal restored only when no request is on its way any more.
    await pause(600)
    while (story.wire.coming.size > 0) await pause(20)
    await story.declareRestored()
  }

  async #replace({ fromMs, toMs, harm }) {
    const story = this.#story
    const journal = this.#journal
    const away = join(dirname(journal), 'away')
    const copied = join(dirname(journal), 'copied')
    await story.until(fromMs)
    story.processes.replaced()
    await story.processes.still(() => {
      if (harm === 'a copy') copyInto(copied, journal)
      moveInto(away, files(journal))
      if (harm === 'a copy') for (const file of filesOf(join(copied, basename(journal)))) move(file, dirname(journal))
      else HARM[harm](journal)
    })
    story.judge.note(`${harm} lies in the journal's place`)
    story.counts.replaced++
    // A process that opens the copy uses it from then on, because the copy has everything that the journal had.
    if (harm !== 'a copy') {
      await story.until(toMs)
      await story.processes.still(() => {
        remove(files(journal))
        for (const file of filesOf(join(away, basename(journal)))) move(file, dirname(journal))
      })
      story.judge.note('the journal is back')
    }
    story.processes.whole()
  }
}
