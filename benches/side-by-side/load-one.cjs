// `node load-one.cjs <name> <account>`: prints the milliseconds of loading a package and of making a client. It imports nothing
// else: what the measuring program leaves behind would be swept up while the package loads, half a millisecond of its time.
const ORIGIN = 'http://127.0.0.1:9'
const [name, account] = process.argv.slice(2)

const LOADS = {
  'eko-eps': {
    load: () => require('../../dist/index.js'),
    make: ({ EkoClient }) => new EkoClient({ ...JSON.parse(account), baseUrl: `${ORIGIN}/ekoapi/v3` }),
  },
  'eko-eps/signer (wasm)': {
    load: () => require('../../dist/signer/signer.cjs'),
    make: ({ Signer }) => new Signer({ accessKey: JSON.parse(account).accessKey }),
  },
  undici: { load: () => require('undici'), make: ({ Pool }) => new Pool(ORIGIN) },
  axios: { load: () => require('axios'), make: (axios) => axios.create({ baseURL: ORIGIN }) },
  got: { load: () => import('got'), make: ({ default: got }) => got.extend({ prefixUrl: ORIGIN }) },
  impit: { load: () => require('impit'), make: ({ Impit }) => new Impit() },
  'crypto-js': { load: () => require('crypto-js'), make: () => undefined },
}

async function measure() {
  const { load, make } = LOADS[name]
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

exports.names = Object.keys(LOADS)
if (name !== undefined && require.main === module) measure()
