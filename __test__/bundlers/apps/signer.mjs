import { Signer } from 'eko-eps/signer'

const signer = new Signer({ accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE', silenceBrowserWarning: true })
console.log(JSON.stringify({ seen: signer.sign(1_700_000_000_000) }))
