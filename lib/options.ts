// The options of `new EkoClient(...)` and `new Signer(...)`: names and types here, values in Rust.
import { refuse } from './errors.js'
import { journalOption } from './journal-option.js'
import { MONEY_OPTIONS, type MoneyClientOptions, moneyOptions } from './money-options.js'
import { accessKeyFault, laneFault } from './signer-rules.js'

/** What `new EkoClient(...)` takes. Give `accessKey` or `accessKeyFile`, and `environment` or `baseUrl`. */
export interface EkoClientOptions extends MoneyClientOptions {
  /** The developer key that EPS issued; it belongs to one environment. */
  developerKey: string
  /** The access key that EPS issued with it. It signs, and never travels. */
  accessKey?: string
  /** A file with the access key alone, and at most one line break after it. It is read natively and never becomes a JavaScript string. */
  accessKeyFile?: string
  /** Registered mobile number of the API user; goes to the calls that declare it. */
  initiatorId?: string
  /** User code of the retailer or agent; goes to the calls that declare it. */
  userCode?: string
  /** Which EPS to talk to. There is no default: keys belong to one of them. */
  environment?: 'uat' | 'production'
  /** Another address, with the version path: `https://relay.example/ekoapi/v3`. Plain http only on loopback. */
  baseUrl?: string
  /** The address of the v1/v2 products, when it is not `baseUrl` with `v2` for `v3`. */
  legacyBaseUrl?: string
  /** A certificate authority to trust besides the public ones, as PEM text. */
  ca?: string
  /** A proxy's address; otherwise the usual environment variables decide. */
  proxy?: string
  /** The longest a call may take, in milliseconds, all attempts included. */
  deadlineMs?: number
  /**
   * A folder in which the processes of this machine share the used timestamps. Give one that containers with the same developer key
   * have in common; otherwise memory (`/dev/shm`) or the temporary folder is used.
   */
  stampFolder?: string
  /**
   * Part `index` of `of` equal parts of all timestamps. Give it where machines that cannot see each other sign with one developer key:
   * `{ index: 0, of: 2 }` on the first of two, `{ index: 1, of: 2 }` on the other.
   */
  lane?: Lane
}

/** Part `index` (from 0) of `of` equal parts of all timestamps; `of` is at most 32. */
export interface Lane {
  readonly index: number
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

/** How many letters to add, drop or change. */
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

/** Refuses what is not one of `names`, with the nearest of them. @internal */
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

/** Checks that the option is text that is fit to be used. The message never repeats the value. @internal */
export function textOption(name: string, value: unknown): string {
  if (typeof value !== 'string')
    throw configError(`${name} must be text, not ${value === null ? 'null' : typeof value}`)
  if (value === '') throw configError(`${name} is empty: give the value that EPS issued, or leave the option out`)
  if (value.includes('\0'))
    throw configError(`${name} contains a NUL character: it was probably read from a binary or padded source`)
  return value
}

/** A developer key goes into a header as it is. @internal */
export function developerKey(value: unknown): string {
  const key = textOption('developerKey', value)
  if (!/^[!#-&(-_a-~]+$/.test(key)) {
    throw configError(
      'developerKey contains a blank, a line break, a quotation mark or a character outside ASCII: copy it again, without what surrounds it',
    )
  }
  return key
}

/** Checks and copies a lane: a later change of the caller's object has no effect. */
function lane(value: unknown): Lane {
  const fault = laneFault(value)
  if (fault) throw configError(fault)
  const { index, of } = value as Lane
  return { index, of }
}

/** The options in the form the native side takes: keys apart from the rest. @internal */
export function clientOptions(options: EkoClientOptions): {
  accessKey: string | null
  accessKeyFile: string | null
  config: string
  /** Lets go of what the options brought, once the client is closed. */
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

/** Checks a deadline: whole milliseconds, up to an hour. @internal */
export function deadline(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 3_600_000) {
    throw configError('deadlineMs must be a whole number of milliseconds from 1 to 3,600,000')
  }
  return value
}
