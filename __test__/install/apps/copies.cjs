// Two installations of the package in one process, as happens when two dependencies bring their own.
const { createRequire } = require('node:module')
const { join } = require('node:path')

const copies = process.argv.slice(2).map((home) => createRequire(join(home, 'x.js')))
const loaded = () => Object.keys(require.cache).filter((path) => path.endsWith('.node')).length

async function call(load) {
  const { EkoClient } = load('eko-eps')
  const sandbox = await load('eko-eps/sandbox').Sandbox.start()
  const { outcome } = await new EkoClient(sandbox.credentials).getCustomer({ customerId: '9444444444' })
  return outcome
}

/** Both cannot have one journal: neither would see the other's locks on it. */
async function journals() {
  const journal = join(process.argv[2], 'journal')
  const clients = copies.map((load) => {
    const keys = { developerKey: 'developer', accessKey: 'access', initiatorId: '9962981729' }
    return new (load('eko-eps').EkoClient)({
      ...keys,
      baseUrl: 'http://127.0.0.1:9/ekoapi/v3',
      journal,
      resolver: false,
    })
  })
  const said = []
  for (const client of clients)
    said.push(
      await client
        .unresolved()
        .toArray()
        .then(
          (open) => `${open.length} open`,
          (error) => error.code,
        ),
    )
  await Promise.all(clients.map((client) => client.close()))
  return said
}

Promise.all(copies.map(call)).then(async (outcomes) => {
  const [one, two] = copies.map((load) => load('eko-eps').EkoClient)
  console.log(...outcomes, one === two ? 'one class' : 'two classes', loaded(), 'modules', ...(await journals()))
})
