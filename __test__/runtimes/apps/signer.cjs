const { readFileSync } = require('node:fs')
const { basename, join } = require('node:path')
const { inspect } = require('node:util')
const { Signer } = require('eko-eps/signer')

const vectors = JSON.parse(readFileSync(join(__dirname, 'vectors.json'), 'utf8'))
const all = { showHidden: true, depth: Number.POSITIVE_INFINITY }
const file = `signer/${basename(require.resolve('eko-eps/signer'))}`
import('./suite.mjs').then(({ run }) => {
  console.log(JSON.stringify({ file, ...run({ Signer, vectors, inspect: (value) => inspect(value, all) }) }))
})
