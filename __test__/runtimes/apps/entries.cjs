const { basename, dirname } = require('node:path')
const { diagnose } = require('eko-eps/doctor')
const { WebCryptoSigner } = require('eko-eps/signer/webcrypto')

const file = (entry) => {
  const path = require.resolve(entry)
  return `${basename(dirname(path))}/${basename(path)}`
}
Promise.all([import('./entries-suite.mjs'), import('./vectors.mjs')]).then(async ([{ run }, { default: vectors }]) => {
  const results = await run({ WebCryptoSigner, diagnose, vectors })
  console.log(JSON.stringify(results.map((result) => ({ file: file(result.entry), ...result }))))
})
