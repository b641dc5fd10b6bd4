// Work that runs at the same time as the measured debits. Each function starts the work and returns a function that
// stops it. That second function resolves to the number of repetitions.

function over(work) {
  return (made) => {
    let [stop, times] = [false, 0]
    const running = (async () => {
      const { eko } = made.slots[0]
      while (!stop) {
        await work(eko)
        times++
        // The pause imitates a page or a job of the user, which repeats its work but does not keep the CPU busy all the
        // time.
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
  /**
   * The client's own resolver makes the sweeps, so there is no other work to do. In the other measurements of job.mjs,
   * the resolver is switched off.
   */
  sweep: over(async () => {}),
  prune: over((eko) => eko.prune({ olderThanMs: 31 * 86_400_000 })),
}
