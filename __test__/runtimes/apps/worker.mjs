import { Signer } from 'eko-eps/signer'
import { run } from './suite.mjs'
import vectors from './vectors.json'

export default {
  test() {
    console.log(`RESULT ${JSON.stringify(run({ Signer, vectors }))}`)
  },
  fetch() {
    return new Response(JSON.stringify(run({ Signer, vectors })))
  },
}
