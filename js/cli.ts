#!/usr/bin/env node
// Entry of the command line: `npx eko-eps <command>`.
import { parseArgs } from 'node:util'
import { doctor, UsageError } from './cli/cli-doctor.js'
import { journal } from './cli/cli-journal.js'
import { VERSION } from './native/version.js'

const HELP = `eko-eps ${VERSION}

  eko-eps sandbox [--port N] [--json]   run a local imitation of EPS on 127.0.0.1 until Ctrl+C
  eko-eps doctor signature [...]        find the mistakes in a signature; see "eko-eps doctor --help"
  eko-eps journal restored FILE [...]   allow debits after a journal was restored; see "eko-eps journal --help"
  eko-eps help                          print this text
  eko-eps version                       print the version

  --port N   port of the sandbox; default: a free port
  --json     print the address and the made-up keys of the sandbox as one line of JSON
`

function commandLine(): { command: string; port: number; json: boolean } {
  const options = {
    port: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  } as const
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>
  try {
    parsed = parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { values, positionals } = parsed
  if (positionals.length > 1) throw new UsageError(`only one command is allowed: remove ${positionals[1]}`)
  const port = values.port === undefined ? 0 : Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--port must be a whole number from 0 to 65535')
  const command = values.help ? 'help' : values.version ? 'version' : (positionals[0] ?? 'help')
  return { command, port, json: values.json ?? false }
}

/** Resolves at the next SIGINT or SIGTERM. */
function interrupted(): Promise<void> {
  // Signal handlers do not keep a process alive, but this timer does.
  const alive = setInterval(() => {}, 2 ** 30)
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        clearInterval(alive)
        resolve()
      })
    }
  })
}

async function sandbox(port: number, json: boolean): Promise<void> {
  // The commands `help` and `version` must work without the native module, so the sandbox is imported only here.
  const { Sandbox } = await import('./sandbox.js')
  const sandbox = await Sandbox.start({ port })
  const end = interrupted()
  const { credentials } = sandbox
  if (json) {
    console.log(JSON.stringify(credentials))
  } else {
    console.log(`The sandbox listens on ${credentials.baseUrl} until Ctrl+C. Create a client with its made-up keys:\n`)
    console.log(`  const eko = new EkoClient(${JSON.stringify(credentials, null, 2).replaceAll('\n', '\n  ')})\n`)
    console.log('The sandbox sends no OTP to a phone. Run this in another shell to get the newest OTP of a number:\n')
    const command = JSON.stringify({ do: 'lastOtp', mobile: '9444444444' })
    console.log(
      `  curl -s -H 'content-type: application/json' -d '${command}' ${new URL('/sandbox', credentials.baseUrl)}`,
    )
  }
  await end
  await sandbox.close()
}

async function main(): Promise<void> {
  // The commands `doctor` and `journal` parse their own options.
  const [first, ...rest] = process.argv.slice(2)
  if (first === 'doctor' || first === 'journal') {
    process.exitCode = await (first === 'doctor' ? doctor(rest) : journal(rest))
    return
  }
  const { command, port, json } = commandLine()
  if (command === 'sandbox') return sandbox(port, json)
  if (command === 'help') return console.log(HELP)
  if (command === 'version') return console.log(VERSION)
  throw new UsageError(`unknown command ${command}: "eko-eps help" lists the commands`)
}

main().catch((error: Error) => {
  // An error with a code already tells the user what to do. The stack is printed only for an unexpected error.
  const foreseen = error instanceof UsageError || 'code' in error
  console.error(`eko-eps: ${foreseen ? error.message : error.stack}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
