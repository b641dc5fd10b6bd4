// `npx eko-eps sandbox`: runs a local imitation of EPS until Ctrl+C.
import { type Command, parse, UsageError } from './command.js'

const HELP = `eko-eps sandbox: runs a local imitation of EPS on 127.0.0.1 until Ctrl+C.

  --port N   port to listen on; default: a free port
  --json     print the address and the made-up keys as one line of JSON
`

const OPTIONS = {
  port: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The command `sandbox`. */
export const sandbox: Command = {
  usage: '[--port N] [--json]',
  summary: 'run a local imitation of EPS on 127.0.0.1 until Ctrl+C',
  async run(args) {
    const { values, positionals } = parse(args, OPTIONS)
    if (values.help) {
      console.log(HELP)
      return 0
    }
    if (positionals.length > 0) throw new UsageError(`the command sandbox takes no ${positionals[0]}: remove it`)
    const port = Number(values.port ?? '0')
    if (values.port?.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535)
      throw new UsageError('--port must be a whole number from 0 to 65535')
    await serve(port, values.json ?? false)
    return 0
  },
}

async function serve(port: number, json: boolean): Promise<void> {
  // The help must work without the native module, so the sandbox is imported only here.
  const { Sandbox } = await import('../sandbox.js')
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
