// `npx eko-eps doctor signature`: finds what is wrong with a signature. The access key comes from a file, the
// environment or a prompt, because a command line is stored in the shell's history and is visible in the list of
// processes.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DiagnoseInput, Diagnosis, Finding } from '../doctor/doctor-types.js'
import { type Command, parse, UsageError } from './command.js'

const HELP = `eko-eps doctor signature: finds the mistakes in a signature and prints the correct one. It sends no data.

  --timestamp TEXT        secret-key-timestamp that your code sent
  --secret-key TEXT       secret-key that your code computed
  --request-hash TEXT     request_hash that your code computed (v1/v2 products)
  --part TEXT             one value of the request hash; repeat it for each value, in the product's order
  --parts-file FILE       file with the values, one per line, to keep them out of the shell's history
  --sent TIME             time when EPS received the request: "now", 13 digits of milliseconds, or a date;
                          without it, the age of the timestamp is not checked
  --used TEXT             timestamp that was already sent; repeat it for each timestamp
  --access-key-file FILE  file with the access key
  --json                  print the diagnosis as JSON

The access key is read from the file. Without a file, it is read from the environment variable EKO_ACCESS_KEY, and
without that from a prompt or the standard input. If EKO_DEVELOPER_KEY is set, the doctor also recognises a signature
that was made with the developer key.
Exit code: 0 no mistake was found, 1 a mistake was found, 2 the command line is wrong.
`

const OPTIONS = {
  timestamp: { type: 'string' },
  'secret-key': { type: 'string' },
  'request-hash': { type: 'string' },
  part: { type: 'string', multiple: true },
  'parts-file': { type: 'string' },
  sent: { type: 'string' },
  used: { type: 'string', multiple: true },
  'access-key-file': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The command `doctor`. */
export const doctor: Command = {
  usage: 'signature [...]',
  summary: 'find the mistakes in a signature',
  run,
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (positionals[0] !== 'signature' || positionals.length > 1)
    throw new UsageError('the command must be "eko-eps doctor signature --timestamp ... --secret-key ..."')
  if (values.timestamp === undefined) throw new UsageError('--timestamp is missing: see "eko-eps doctor --help"')
  const { part, used, sent } = values
  const parts = values['parts-file'] === undefined ? part : lines(values['parts-file'])
  if (values['request-hash'] !== undefined && parts === undefined)
    throw new UsageError('--request-hash also needs the values: give --part for each value, or --parts-file')
  const developerKey = process.env.EKO_DEVELOPER_KEY
  const input: DiagnoseInput = {
    accessKey: await accessKey(values['access-key-file']),
    timestamp: values.timestamp,
    ...(values['secret-key'] === undefined ? {} : { secretKey: values['secret-key'] }),
    ...(parts === undefined ? {} : { requestHash: { parts, ...hash(values['request-hash']) } }),
    ...(developerKey ? { developerKey } : {}),
    ...(sent === undefined ? {} : { now: moment(sent) }),
    ...(used === undefined ? {} : { usedTimestamps: used }),
  }
  // The doctor is a separate bundle, built by scripts/build-doctor.mjs. It is loaded only when this command runs.
  const { diagnose } = require('../doctor/doctor.cjs') as { diagnose(input: DiagnoseInput): Diagnosis }
  const diagnosis = diagnose(input)
  console.log(values.json ? JSON.stringify(diagnosis) : report(diagnosis))
  return diagnosis.ok ? 0 : 1
}

function hash(value: string | undefined): { value?: string } {
  return value === undefined ? {} : { value }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

function lines(file: string): string[] {
  return read(file)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
}

function moment(sent: string): number {
  const time = sent === 'now' ? Date.now() : /^\d{13}$/.test(sent) ? Number(sent) : Date.parse(sent)
  if (Number.isNaN(time)) throw new UsageError('--sent must be "now", 13 digits of milliseconds, or a date')
  return time
}

/** Resolves to the access key. The last line break of a file is removed, because an editor usually adds it. */
async function accessKey(file: string | undefined): Promise<string> {
  const key = file === undefined ? (process.env.EKO_ACCESS_KEY ?? (await asked())) : read(file).replace(/\r?\n$/, '')
  if (key === '')
    throw new UsageError('the access key is empty: give --access-key-file, set EKO_ACCESS_KEY, or type the key')
  return key
}

/** Reads one line from the standard input. On a terminal, the typed text is not shown. */
function asked(): Promise<string> {
  const { stdin, stderr } = process
  // A line editor without an output hides the text that the user types. It must be created before the prompt is
  // written.
  const input = createInterface({ input: stdin, terminal: stdin.isTTY === true })
  if (stdin.isTTY) stderr.write('Access key (not shown): ')
  return new Promise((resolve) => {
    let line = ''
    input.once('line', (text) => {
      line = text
      input.close()
    })
    input.once('SIGINT', () => {
      input.close()
      process.exit(130)
    })
    input.once('close', () => {
      if (stdin.isTTY) stderr.write('\n')
      resolve(line)
    })
  })
}

const SUBJECTS: Readonly<Record<Finding['about'], string>> = {
  access_key: 'access key',
  timestamp: 'secret-key-timestamp',
  'secret-key': 'secret-key',
  request_hash: 'request_hash',
}

function report({ ok, expected, findings }: Diagnosis): string {
  const text = [
    ok ? 'Nothing is wrong.' : `${findings.length} ${findings.length === 1 ? 'mistake' : 'mistakes'} found.`,
  ]
  for (const { code, about, title, explanation, fix, source } of findings) {
    text.push('', `${SUBJECTS[about]}: ${title} (${code})`)
    text.push(`  ${explanation}`, `  Fix: ${fix}`, `  Rule: ${source}`)
  }
  const right = {
    'secret-key-timestamp': expected.timestamp,
    'secret-key': expected.secretKey,
    request_hash: expected.requestHash,
  }
  const known = Object.entries(right).filter(([, value]) => value !== undefined)
  if (known.length > 0)
    text.push('', 'Correct values:', ...known.map(([name, value]) => `  ${name.padEnd(20)} ${value}`))
  return text.join('\n')
}
