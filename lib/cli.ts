#!/usr/bin/env node
// Entry of the command line: `npx eko-eps <command>`.
import { parseArgs } from 'node:util'
import { doctor, UsageError } from './cli-doctor.js'
import { journal } from './cli-journal.js'
import { VERSION } from './version.js'

const HELP = `eko-eps ${VERSION}

  eko-eps sandbox [--port N] [--json]   start a stateful EPS on 127.0.0.1, until Ctrl+C
  eko-eps doctor signature [...]        what is wrong with a signature; "eko-eps doctor --help" lists its options
  eko-eps journal restored FILE [...]   go on after a backup of the journal; "eko-eps journal --help" says when
  eko-eps help                          this text
  eko-eps version                       the version

  --port N   listen on this port; any that is free unless given
  --json     print the address and the made-up keys as one line of JSON
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
  if (positionals.length > 1) throw new UsageError(`one command at a time, not also ${positionals[1]}`)
  const port = values.port === undefined ? 0 : Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError('--port takes a number from 0 to 65535')
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
  // The sandbox is imported only here, so that help and version work without the native module.
  const { Sandbox } = await import('./sandbox.js')
  const sandbox = await Sandbox.start({ port })
  const end = interrupted()
  const { credentials } = sandbox
  if (json) {
    console.log(JSON.stringify(credentials))
  } else {
    console.log(`The sandbox listens on ${credentials.baseUrl}; Ctrl+C ends it. Its keys are made up:\n`)
    console.log(`  const eko = new EkoClient(${JSON.stringify(credentials, null, 2).replaceAll('\n', '\n  ')})\n`)
    console.log('OTPs are not sent to anybody. The newest one of a number, from another shell:\n')
    const command = JSON.stringify({ do: 'lastOtp', mobile: '9444444444' })
    console.log(
      `  curl -s -H 'content-type: application/json' -d '${command}' ${new URL('/sandbox', credentials.baseUrl)}`,
    )
  }
  await end
  await sandbox.close()
}

async function main(): Promise<void> {
  // These commands parse their own options.
  const [first, ...rest] = process.argv.slice(2)
  if (first === 'doctor' || first === 'journal') {
    process.exitCode = await (first === 'doctor' ? doctor(rest) : journal(rest))
    return
  }
  const { command, port, json } = commandLine()
  if (command === 'sandbox') return sandbox(port, json)
  if (command === 'help') return console.log(HELP)
  if (command === 'version') return console.log(VERSION)
  throw new UsageError(`there is no command ${command}; "eko-eps help" lists them`)
}

main().catch((error: Error) => {
  // An error with a code already tells the user what to do. The stack is printed only for an unexpected error.
  const foreseen = error instanceof UsageError || 'code' in error
  console.error(`eko-eps: ${foreseen ? error.message : error.stack}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
