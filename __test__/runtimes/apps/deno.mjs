/* global Deno */
import { Signer } from 'eko-eps/signer'
import { run } from './suite.mjs'
import vectors from './vectors.json' with { type: 'json' }

const all = { showHidden: true, depth: Number.POSITIVE_INFINITY }
const file = `signer/${import.meta.resolve('eko-eps/signer').split('/').at(-1)}`
console.log(JSON.stringify({ file, ...run({ Signer, vectors, inspect: (value) => Deno.inspect(value, all) }) }))
