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

Promise.all(copies.map(call)).then((outcomes) => {
  const [one, two] = copies.map((load) => load('eko-eps').EkoClient)
  console.log(...outcomes, one === two ? 'one class' : 'two classes', loaded(), 'modules')
})
