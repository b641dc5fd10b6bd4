const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { inspect } = require('node:util')
const { Signer } = require('eko-eps/signer')

const vectors = JSON.parse(readFileSync(join(__dirname, 'vectors.json'), 'utf8'))
const all = { showHidden: true, depth: Number.POSITIVE_INFINITY }
import('./suite.mjs').then(({ run }) => {
  console.log(JSON.stringify(run({ Signer, vectors, inspect: (value) => inspect(value, all) })))
})
