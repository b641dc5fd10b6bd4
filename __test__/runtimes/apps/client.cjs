// The native client and its sandbox. Nothing is closed: the process must end by itself.
const { basename } = require('node:path')
const { EkoClient, Signer } = require('eko-eps')
const { Sandbox } = require('eko-eps/sandbox')

const file = basename(require.resolve('eko-eps'))
import('./client-suite.mjs').then(async ({ run }) => {
  console.log(JSON.stringify({ file, ...(await run({ EkoClient, Sandbox, Signer })) }))
})
