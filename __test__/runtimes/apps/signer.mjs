import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { inspect } from 'node:util'
import { Signer } from 'eko-eps/signer'
import { run } from './suite.mjs'

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
const all = { showHidden: true, depth: Number.POSITIVE_INFINITY }
const file = `signer/${basename(import.meta.resolve('eko-eps/signer'))}`
console.log(JSON.stringify({ file, ...run({ Signer, vectors, inspect: (value) => inspect(value, all) }) }))
