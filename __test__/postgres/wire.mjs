// A proxy between a pool and PostgreSQL (a wire). A test can cut it, hold it, or lose the answer to one question.
import { connect, createServer } from 'node:net'

/** The open wires. A failed test closes none of its own, and an open one would keep the process alive. */
const wires = new Set()

/** Closes all open wires. */
export async function closeWires() {
  await Promise.all([...wires].map((one) => one.close()))
}

/** Starts a wire to the server at this socket. A pool takes `connection` instead of the server's options. */
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
    /** Closes every connection. */
    cut() {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
    },
    /**
     * Loses the answer to the next question, or to the next one that contains this text. The server has done what was
     * asked.
     */
    swallow(text = '') {
      swallows = text
    },
    /** Lets nothing pass until `release`, and loses nothing. */
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
