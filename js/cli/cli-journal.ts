// `npx eko-eps journal restored FILE`: allows debits again after an older copy of the journal was restored. The user
// declares that a person knows which debits are missing in that copy.
import { type Command, parse, UsageError } from './command.js'

const HELP = `eko-eps journal restored FILE --i-have-asked-eps

  Allows debits again that stopped with code journal.behind, because an older copy of the journal was restored or the
  mark beside the journal was lost. Before you run it, ask EPS which debits were sent after that copy was made. For one
  day, the client then sends a debit with a reference that you chose only if EPS proves that it does not know it.

Exit code: 0 done, 1 the journal cannot be used, 2 the command line is wrong.
`

const OPTIONS = { 'i-have-asked-eps': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

/** The command `journal`. */
export const journal: Command = {
  usage: 'restored FILE [...]',
  summary: 'allow debits after a journal was restored',
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help || positionals.length === 0) {
    console.log(HELP)
    return 0
  }
  const [command, file, ...more] = positionals
  if (command !== 'restored' || file === undefined || more.length > 0)
    throw new UsageError('the command must be "eko-eps journal restored FILE --i-have-asked-eps"')
  if (!values['i-have-asked-eps'])
    throw new UsageError('ask EPS which debits were sent after the restored copy was made, then add --i-have-asked-eps')
  // The client is imported only here, so that the help works without the native module.
  const { EkoClient } = await import('../index.js')
  // This client opens a file and sends no request, so its keys and its address are never used.
  const eko = new EkoClient({
    developerKey: 'none',
    accessKey: 'none',
    baseUrl: 'http://127.0.0.1:1/ekoapi/v3',
    journal: { file, create: false },
    resolver: false,
  })
  try {
    await eko.declareRestored({ iHaveAskedEps: true })
  } finally {
    await eko.close()
  }
  console.log(`The journal ${file} is declared restored. Debits are allowed again.`)
  return 0
}
