#!/usr/bin/env node
// Entry of the command line: `npx eko-eps <command>`.
import { doctor } from './cli/cli-doctor.js'
import { journal } from './cli/cli-journal.js'
import { sandbox } from './cli/cli-sandbox.js'
import { type Command, UsageError } from './cli/command.js'
import { VERSION } from './native/version.js'

/** All commands, in the order of the help. */
const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['sandbox', sandbox],
  ['doctor', doctor],
  ['journal', journal],
  ['help', printing('print this text, or the help of a command', help)],
  ['version', printing('print the version', () => VERSION)],
])

/** Options that stand for a command. */
const ALIASES: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
}

function printing(summary: string, text: () => string): Command {
  return {
    usage: '',
    summary,
    async run(args) {
      const unknown = args.find((arg) => ALIASES[arg] !== 'help')
      if (unknown !== undefined) throw new UsageError(`this command takes no ${unknown}: remove it`)
      console.log(text())
      return 0
    },
  }
}

function help(): string {
  const lines = [...COMMANDS].map(
    ([name, { usage, summary }]) => [`eko-eps ${name} ${usage}`.trimEnd(), summary] as const,
  )
  const width = Math.max(...lines.map(([line]) => line.length))
  const list = lines.map(([line, summary]) => `  ${line.padEnd(width)}   ${summary}`)
  return `eko-eps ${VERSION}\n\n${list.join('\n')}\n\n"eko-eps <command> --help" explains a command and its options.\n`
}

async function main(): Promise<void> {
  const [first = 'help', ...rest] = process.argv.slice(2)
  const name = ALIASES[first] ?? first
  const about = name === 'help' ? COMMANDS.get(rest[0] ?? '') : undefined
  if (about !== undefined) {
    process.exitCode = await about.run(['--help'])
    return
  }
  const command = COMMANDS.get(name)
  if (command === undefined && first.startsWith('-'))
    throw new UsageError(`${first} comes before the command: write "eko-eps <command> ${first}"`)
  if (command === undefined) throw new UsageError(`unknown command ${first}: "eko-eps help" lists the commands`)
  process.exitCode = await command.run(rest)
}

main().catch((error: Error) => {
  // An error with a code already tells the user what to do. The stack is printed only for an unexpected error.
  const foreseen = error instanceof UsageError || 'code' in error
  console.error(`eko-eps: ${foreseen ? error.message : error.stack}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
