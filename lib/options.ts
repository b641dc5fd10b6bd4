// Options of `new EkoClient(...)` and `new Signer(...)`. Names and types are checked here, values in Rust.
import { refuse } from './errors.js'
import { journalOption } from './journal-option.js'
import { MONEY_OPTIONS, type MoneyClientOptions, moneyOptions } from './money-options.js'
import { accessKeyFault, laneFault } from './signer-rules.js'

/** Options of `new EkoClient(...)`. Give `accessKey` or `accessKeyFile`, and `environment` or `baseUrl`. */
export interface EkoClientOptions extends MoneyClientOptions {
  /** Developer key that EPS issued. It belongs to one environment. */
  developerKey: string
  /** Access key that EPS issued with the developer key. It signs requests and is never sent. */
  accessKey?: string
  /**
   * Path of a file that holds only the access key, with at most one line break after it. The file is read natively, so
   * the key never becomes a JavaScript string.
   */
  accessKeyFile?: string
  /** Registered mobile number of the API user, 10 digits. It is sent with the calls that declare it. */
  initiatorId?: string
  /** User code of the retailer or agent. It is sent with the calls that declare it. */
  userCode?: string
  /** Environment of EPS. There is no default, because keys belong to one environment. */
  environment?: 'uat' | 'production'
  /**
   * Address to use instead of an environment, with the version path: `https://relay.example/ekoapi/v3`. Plain http is
   * allowed only on loopback.
   */
  baseUrl?: string
  /** Address of the v1/v2 products. Default: `baseUrl` with `v2` instead of `v3`. */
  legacyBaseUrl?: string
  /** Certificate authority to trust in addition to the public ones, as PEM text. */
  ca?: string
  /** Address of a proxy. Without it the usual environment variables decide. */
  proxy?: string
  /**
   * Longest time that a call may take, in milliseconds, all attempts included: 1 to 3,600,000. Default: 30,000 for
   * reads, 45,000 for steps and 60,000 for debits.
   */
  deadlineMs?: number
  /**
   * Folder in which the processes of this machine share the used timestamps. Containers with the same developer key
   * need a folder that they share. Default: memory (`/dev/shm`) or the temporary folder.
   */
  stampFolder?: string
  /**
   * Part of all timestamps that this machine uses. Give it if machines that cannot see each other sign with one
   * developer key: `{ index: 0, of: 2 }` on the first of two, `{ index: 1, of: 2 }` on the other.
   */
  lane?: Lane
}

/** One of several equal parts of all timestamps. */
export interface Lane {
  /** Number of this part, from 0 to `of - 1`. */
  readonly index: number
  /** Number of parts, 1 to 32. */
  readonly of: number
}

const TEXTS = [
  'developerKey',
  'accessKey',
  'accessKeyFile',
  'initiatorId',
  'userCode',
  'environment',
  'baseUrl',
  'legacyBaseUrl',
  'ca',
  'proxy',
  'stampFolder',
] as const
const NAMES: readonly string[] = [...TEXTS, 'deadlineMs', 'lane', 'journal', ...MONEY_OPTIONS]

/** @internal */
export function configError(message: string): Error {
  return refuse('invalid_config', message, 'Correct the option that the message names.')
}

/** Returns the number of letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Refuses a name that is not one of `names`, and suggests the nearest one. @internal */
export function knownOptions(what: string, options: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof options !== 'object' || options === null)
    throw configError(`${what} takes an object of options: { ${names.slice(0, 2).join(', ')}, ... }`)
  const given: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (names.includes(name)) {
      if (value !== undefined) given[name] = value
      continue
    }
    const plain = name.toLowerCase().replace(/[^a-z]/g, '')
    const nearest = [...names].sort((a, b) => distance(plain, a.toLowerCase()) - distance(plain, b.toLowerCase()))[0]
    throw configError(`${JSON.stringify(name.slice(0, 40))} is not an option of ${what}: did you mean ${nearest}?`)
  }
  return given
}

/** Checks that an option is text that can be used. The message never repeats the value. @internal */
export function textOption(name: string, value: unknown): string {
  if (typeof value !== 'string')
    throw configError(`${name} must be text, not ${value === null ? 'null' : typeof value}`)
  if (value === '') throw configError(`${name} is empty: give the value that EPS issued, or leave the option out`)
  if (value.includes('\0'))
    throw configError(`${name} contains a NUL character: it was probably read from a binary or padded source`)
  return value
}

/** Checks a developer key. It goes into a header unchanged. @internal */
export function developerKey(value: unknown): string {
  const key = textOption('developerKey', value)
  if (!/^[!#-&(-_a-~]+$/.test(key)) {
    throw configError(
      'developerKey contains a blank, a line break, a quotation mark or a character outside ASCII: copy it again, without what surrounds it',
    )
  }
  return key
}

/** Checks and copies a lane, so that a later change of the caller's object has no effect. */
function lane(value: unknown): Lane {
  const fault = laneFault(value)
  if (fault) throw configError(fault)
  const { index, of } = value as Lane
  return { index, of }
}

/** Checks the options and converts them to the form that the native side takes, with the keys apart. @internal */
export function clientOptions(options: EkoClientOptions): {
  accessKey: string | null
  accessKeyFile: string | null
  config: string
  /** Releases what the options hold. Call it after the client is closed. */
  release?: () => void
} {
  const given = knownOptions('EkoClient', options, NAMES)
  const fault = typeof given.accessKey === 'string' && given.accessKey !== '' && accessKeyFault(given.accessKey)
  if (fault) throw configError(fault)
  for (const name of TEXTS) if (name in given) textOption(name, given[name])
  developerKey(given.developerKey)
  const { accessKey = null, accessKeyFile = null, ...config } = given
  if ((accessKey === null) === (accessKeyFile === null)) {
    throw configError(
      accessKey === null
        ? 'accessKey is missing: give accessKey, or accessKeyFile with the path of a file that holds it'
        : 'accessKey and accessKeyFile are both given: give one of them',
    )
  }
  if ((config.environment === undefined) === (config.baseUrl === undefined)) {
    throw configError(
      config.baseUrl === undefined
        ? "environment is missing: give 'uat' or 'production' (keys belong to one of them), or baseUrl for another address"
        : 'environment and baseUrl are both given: give one of them',
    )
  }
  if (config.environment !== undefined && config.environment !== 'uat' && config.environment !== 'production') {
    throw configError("environment must be 'uat' or 'production'")
  }
  if (config.deadlineMs !== undefined) config.deadlineMs = deadline(config.deadlineMs)
  if (config.lane !== undefined) config.lane = lane(config.lane)
  moneyOptions(config)
  const { journal, release } = config.journal === undefined ? {} : journalOption(config.journal)
  return {
    ...(release === undefined ? {} : { release }),
    accessKey: accessKey as string | null,
    accessKeyFile: accessKeyFile as string | null,
    config: JSON.stringify({ ...config, journal }),
  }
}

/** Checks a deadline: whole milliseconds, up to one hour. @internal */
export function deadline(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 3_600_000) {
    throw configError('deadlineMs must be a whole number of milliseconds from 1 to 3,600,000')
  }
  return value
}
