const { basename } = require('node:path')
const { inspect } = require('node:util')
const { Signer } = require('eko-eps/signer')

const all = { showHidden: true, depth: Number.POSITIVE_INFINITY }
const file = `signer/${basename(require.resolve('eko-eps/signer'))}`
Promise.all([import('./suite.mjs'), import('./vectors.mjs')]).then(([{ run }, { default: vectors }]) => {
  console.log(JSON.stringify({ file, ...run({ Signer, vectors, inspect: (value) => inspect(value, all) }) }))
})
