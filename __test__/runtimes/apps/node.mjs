import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { Signer } from 'eko-eps/signer'
import { run } from './suite.mjs'

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
const all = { showHidden: true, depth: Number.POSITIVE_INFINITY }
console.log(JSON.stringify(run({ Signer, vectors, inspect: (value) => inspect(value, all) })))
