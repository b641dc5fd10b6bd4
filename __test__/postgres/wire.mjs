// A wire between a pool and a PostgreSQL that can be cut, held, and cut after the question and before its answer.
import { connect, createServer } from 'node:net'

/** Starts one to the server at this socket; `connection` is what a pool takes in the server's place. */
export async function wire({ host, port = 5432, ...connection }) {
  const pairs = new Set()
  let held = false
  let swallows = false
  const server = createServer((near) => {
    const far = connect(`${host}/.s.PGSQL.${port}`)
    const pair = [near, far]
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) {
      socket.on('error', end).on('close', end)
      if (held) socket.pause()
    }
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => {
      if (!swallows) return near.write(bytes)
      swallows = false
      end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    connection: { ...connection, host: '127.0.0.1', port: server.address().port },
    /** Ends every connection. */
    cut() {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
    },
    /** The next answer is not heard: what was asked has been done. */
    swallow() {
      swallows = true
    },
    /** Nothing passes, and nothing is lost, until `release`. */
    hold() {
      held = true
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    release() {
      held = false
      for (const pair of pairs) for (const socket of pair) socket.resume()
    },
    close() {
      swallows = false
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
