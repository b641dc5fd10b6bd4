// What runs beside debits: each begins at once and gives what ends it, which resolves to how often it was done.

function over(work) {
  return (made) => {
    let [stop, times] = [false, 0]
    const running = (async () => {
      const { eko } = made.slots[0]
      while (!stop) {
        await work(eko)
        times++
        // As a page or a job of the user's does: one after another, and no busy loop.
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    return async () => {
      stop = true
      await running
      return times
    }
  }
}

export const beside = {
  listing: over((eko) => eko.debits().toArray({ limit: 1000 })),
  /** The client's own, which is not on while anything else is measured. */
  sweep: over(async () => {}),
  prune: over((eko) => eko.prune({ olderThanMs: 31 * 86_400_000 })),
}
