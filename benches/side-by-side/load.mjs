// What a process pays before its first call: `node load.mjs <name>` prints the milliseconds of require and of making a
// client. Without a name it is imported, and runs fresh processes in alternation.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ACCOUNT } from './work.mjs'

const here = fileURLToPath(import.meta.url)
const require = createRequire(here)
const ORIGIN = 'http://127.0.0.1:9'

const LOADS = {
  'eko-eps': {
    load: () => require('../../dist/index.js'),
    make: ({ EkoClient }) => new EkoClient({ ...ACCOUNT, baseUrl: `${ORIGIN}/ekoapi/v3` }),
  },
  'eko-eps/signer (wasm)': {
    load: () => require('../../dist/signer/signer.cjs'),
    make: ({ Signer }) => new Signer({ accessKey: ACCOUNT.accessKey }),
  },
  undici: { load: () => require('undici'), make: ({ Pool }) => new Pool(ORIGIN) },
  axios: { load: () => require('axios'), make: (axios) => axios.create({ baseURL: ORIGIN }) },
  got: { load: () => import('got'), make: ({ default: got }) => got.extend({ prefixUrl: ORIGIN }) },
  impit: { load: () => require('impit'), make: ({ Impit }) => new Impit() },
  'crypto-js': { load: () => require('crypto-js'), make: () => undefined },
}

/** `{ [name]: [{ requireMs, createMs, rssMb }, ...] }` */
export async function loads(rounds) {
  const names = Object.keys(LOADS)
  const results = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const { stdout } = await promisify(execFile)(process.execPath, [here, name])
      results[name].push(JSON.parse(stdout))
    }
  }
  return results
}

if (process.argv[1] === here && process.argv[2] !== undefined) {
  const { load, make } = LOADS[process.argv[2]]
  const before = process.memoryUsage.rss()
  const started = performance.now()
  const loaded = await load()
  const ready = performance.now()
  make(loaded)
  const made = performance.now()
  const rssMb = (process.memoryUsage.rss() - before) / 2 ** 20
  const result = { requireMs: ready - started, createMs: made - ready, totalMs: made - started, rssMb }
  process.stdout.write(JSON.stringify(result), () => process.exit(0))
}
