// Options of `new EkoClient(...)`. JavaScript checks the names and types of the options, and Rust checks the values. A
// lane is a share of all timestamps.
import { journalOption } from '../money/journal-option.js'
import { MONEY_OPTIONS, type MoneyClientOptions, moneyOptions } from '../money/money-options.js'
import { laneFault } from '../signer/signer-rules.js'
import { configError, knownOptions, textOption, whole } from './option-checks.js'

/** Options for `new EkoClient(...)`. Give `accessKey` or `accessKeyFile`, and `environment` or `baseUrl`. */
export interface EkoClientOptions extends MoneyClientOptions {
  /** Developer key that EPS issued. It is valid in one environment only. */
  developerKey: string
  /** Access key that EPS issued together with the developer key. It signs the requests and is never sent. */
  accessKey?: string | undefined
  /**
   * Path of a file that contains only the access key, with at most one line break after it. Native code reads the file,
   * so the key never becomes a JavaScript string.
   */
  accessKeyFile?: string | undefined
  /** Registered mobile number of the API user, 10 digits. Calls whose endpoint takes an initiator id send it. */
  initiatorId?: string | undefined
  /** User code of the retailer or agent. Calls whose endpoint takes a user code send it. */
  userCode?: string | undefined
  /** Environment of EPS to call. There is no default, because a key is valid in one environment only. */
  environment?: 'uat' | 'production' | undefined
  /**
   * Address to call instead of an environment, including the version path: `https://relay.example/ekoapi/v3`. Plain
   * http is allowed for loopback addresses only.
   */
  baseUrl?: string | undefined
  /** Address for the endpoints of the v1/v2 products. Default: `baseUrl` with `v2` instead of `v3`. */
  legacyBaseUrl?: string | undefined
  /** Certificate authority, as PEM text, to trust in addition to the public ones. */
  ca?: string | undefined
  /** Address of a proxy. Default: the proxy that an environment variable such as `HTTPS_PROXY` names. */
  proxy?: string | undefined
  /**
   * Maximum time of a call, in milliseconds, including all attempts: 1 to 3,600,000. Default: 30,000 for calls that
   * read, 60,000 for debits and 45,000 for all other calls.
   */
  deadlineMs?: number | undefined
  /**
   * Folder in which the processes of this machine record the timestamps that they have used. Containers with the same
   * developer key must share it. Default: a folder in memory (`/dev/shm`), or the temporary folder.
   */
  stampFolder?: string | undefined
  /**
   * Share of all timestamps that this machine may sign with. Set it if several machines sign with one developer key and
   * cannot see each other's used timestamps: `{ index: 0, of: 2 }` on the first of two machines, and
   * `{ index: 1, of: 2 }` on the second.
   */
  lane?: Lane | undefined
}

/** One of several equal shares of all timestamps. Machines with different lanes never sign the same timestamp. */
export interface Lane {
  /** Number of this lane, from 0 to `of - 1`. */
  readonly index: number
  /** Number of lanes in total, 1 to 32. */
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

/** Checks a lane and returns a copy, so that a later change of the caller's object has no effect. */
function lane(value: unknown): Lane {
  const fault = laneFault(value)
  if (fault) throw configError(fault)
  const { index, of } = value as Lane
  return { index, of }
}

/**
 * Checks the options and converts them to the form that the native module takes. The access key, or the path of its
 * file, stays outside the JSON text. @internal
 */
export function clientOptions(options: EkoClientOptions): {
  accessKey: string | null
  accessKeyFile: string | null
  config: string
  /** Releases the store in the options. Call it after the client is closed. */
  release?: () => void
} {
  const given = knownOptions('EkoClient', options, NAMES)
  for (const name of TEXTS) if (name in given) textOption(name, given[name])
  textOption('developerKey', given.developerKey)
  const { accessKey = null, accessKeyFile = null, ...config } = given
  if ((accessKey === null) === (accessKeyFile === null)) {
    throw configError(
      accessKey === null
        ? 'accessKey is missing: give accessKey, or accessKeyFile with the path of a file that holds it'
        : 'accessKey and accessKeyFile are both given: give only one of them',
    )
  }
  if (config.environment !== undefined && config.environment !== 'uat' && config.environment !== 'production') {
    throw configError("environment must be 'uat' or 'production'")
  }
  whole('deadlineMs', config.deadlineMs)
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

/** Checks a deadline and returns it: a whole number of milliseconds, one hour at most. @internal */
export function deadline(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 3_600_000) {
    throw configError('deadlineMs must be a whole number of milliseconds from 1 to 3,600,000')
  }
  return value
}
