// A wire between a pool and a PostgreSQL that can be cut, held, and cut after the question and before its answer.
import { connect, createServer } from 'node:net'

/** The wires that are open: a test that fails closes none of its own, and an open one keeps the process alive. */
const wires = new Set()

/** Closes every wire that is still open. */
export async function closeWires() {
  await Promise.all([...wires].map((one) => one.close()))
}

/** Starts one to the server at this socket; `connection` is what a pool takes in the server's place. */
export async function wire({ host, port = 5432, ...connection }) {
  const pairs = new Set()
  let held = false
  let swallows
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
    let asked = ''
    near.on('data', (bytes) => {
      if (swallows) asked += bytes.toString('latin1')
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (swallows === undefined || !asked.includes(swallows)) {
        asked = ''
        return near.write(bytes)
      }
      swallows = undefined
      end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = {
    connection: { ...connection, host: '127.0.0.1', port: server.address().port },
    /** Ends every connection. */
    cut() {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
    },
    /** The next answer, or that to the next question with this text, is not heard: what was asked has been done. */
    swallow(text = '') {
      swallows = text
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
      wires.delete(own)
      swallows = undefined
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
  wires.add(own)
  return own
}
