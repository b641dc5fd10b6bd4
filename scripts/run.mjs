// Runs commands. Shows a person the progress, and the important output of a command that fails.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.mjs'

const logs = join(root, 'target', 'logs')
const HEARTBEAT_MS = 20_000
const HEAD_LINES = 15
const TAIL_LINES = 80

/** Returns a duration as text, such as `5.2 s` or `2 min 5 s`. */
export function seconds(ms) {
  // From 59,950 ms, the rounded text would be `60.0 s`, so it is shown as a minute.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const whole = Math.round(ms / 1000)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** Removes the control sequences for a terminal from a text. */
function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}

/**
 * Shows the last line of a command's output. On a terminal, each line replaces the one before. Elsewhere, a line is
 * printed every 20 seconds.
 */
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
 * Runs a command in the project's folder and resolves to its output. The log is kept in `target/logs`. If the command
 * fails, the error contains the start and the end of the output.
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

/** Returns the start of a long output, where npm reports errors, and the end, where compilers report them. */
function excerpt(output) {
  const lines = output.trimEnd().split('\n')
  if (lines.length <= HEAD_LINES + TAIL_LINES) return lines.join('\n')
  return [...lines.slice(0, HEAD_LINES), '   ...', ...lines.slice(-TAIL_LINES)].join('\n')
}

/** Resolves to true if a command exists and succeeds. */
export async function works(command, args) {
  return run(command, args, { label: `look for ${command} ${args[0]}` }).then(
    () => true,
    () => false,
  )
}
