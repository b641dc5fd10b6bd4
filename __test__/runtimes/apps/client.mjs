// Uses the native client and its sandbox, and closes nothing: the process must end by itself.
import { basename } from 'node:path'
import { EkoClient, Signer } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'
import { run } from './client-suite.mjs'

const file = basename(import.meta.resolve('eko-eps'))
console.log(JSON.stringify({ file, ...(await run({ EkoClient, Sandbox, Signer })) }))
