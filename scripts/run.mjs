// Running commands so that a person sees that something goes on, and sees all of it when it goes wrong.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.mjs'

const logs = join(root, 'target', 'logs')
const HEARTBEAT_MS = 20_000
const HEAD_LINES = 15
const TAIL_LINES = 80

/** Seconds, as one reads them. */
export function seconds(ms) {
  // What would be rounded to a whole minute is one.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const whole = Math.round(ms / 1000)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** What a terminal draws besides text. */
function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}

/** Shows the last line of what runs: rewritten in place on a terminal, now and then elsewhere. */
function progress(label) {
  const started = performance.now()
  const terminal = process.stdout.isTTY === true
  let line = ''
  const show = () => {
    const text = `   ${label}, ${seconds(performance.now() - started)}: ${line}`
    if (terminal) process.stdout.write(`\r\u001b[2K${text.slice(0, (process.stdout.columns ?? 80) - 1)}`)
    else console.log(text.slice(0, 160))
  }
  const timer = setInterval(show, terminal ? 200 : HEARTBEAT_MS)
  return {
    note(text) {
      line = plain(text).trim() || line
    },
    end() {
      clearInterval(timer)
      if (terminal) process.stdout.write('\r\u001b[2K')
    },
  }
}

/**
 * Runs a command in the project's folder and resolves to its output. Its log stays in `target/logs`; when it fails, the
 * end of it is printed.
 */
export function run(command, args, { label = command, env = {}, cwd = root, input } = {}) {
  mkdirSync(logs, { recursive: true })
  const log = createWriteStream(join(logs, `${label.replace(/[^a-z0-9]+/gi, '-')}.log`))
  const shown = progress(label)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    child.stdin?.end(input)
    let output = ''
    const take = (chunk) => {
      output += chunk
      log.write(chunk)
      const lines = String(chunk)
        .trimEnd()
        .split(/[\r\n]/)
      shown.note(lines[lines.length - 1] ?? '')
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => {
      shown.end()
      reject(new Error(`${command} could not be started: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      shown.end()
      log.end()
      if (code === 0) return resolve(plain(output))
      reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}:\n${excerpt(output)}`))
    })
  })
}

/** The start of a long output, where npm says what is wrong, and its end, where compilers do. */
function excerpt(output) {
  const lines = output.trimEnd().split('\n')
  if (lines.length <= HEAD_LINES + TAIL_LINES) return lines.join('\n')
  return [...lines.slice(0, HEAD_LINES), '   ...', ...lines.slice(-TAIL_LINES)].join('\n')
}

/** Whether a command exists and answers. */
export async function works(command, args) {
  return run(command, args, { label: `look for ${command} ${args[0]}` }).then(
    () => true,
    () => false,
  )
}
