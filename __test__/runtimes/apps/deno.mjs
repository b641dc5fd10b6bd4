/* global Deno */
import { Signer } from 'eko-eps/signer'
import { run } from './suite.mjs'
import vectors from './vectors.json' with { type: 'json' }

const all = { showHidden: true, depth: Number.POSITIVE_INFINITY }
console.log(JSON.stringify(run({ Signer, vectors, inspect: (value) => Deno.inspect(value, all) })))
