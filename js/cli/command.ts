// Parts that all commands of the command line share.
import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>

/** One command of the command line. */
export interface Command {
  /** Arguments of the command, as the list of commands shows them. */
  readonly usage: string
  /** Summary of the command in a few words, as the list of commands shows it. */
  readonly summary: string
  /** Runs the command with the arguments after its name. Resolves to the exit code. */
  run(args: readonly string[]): Promise<number>
}

/** Error for a wrong command line. Only its message is printed, without a stack. */
export class UsageError extends Error {}

/** Parses arguments. Throws a `UsageError` for an argument that the command does not have. */
export function parse<O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
