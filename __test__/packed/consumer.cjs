// The same from CommonJS. Nothing is closed: the process must end by itself.
const assert = require('node:assert/strict')
const { EkoClient, Signer } = require('eko-eps')
const { Sandbox } = require('eko-eps/sandbox')
const { diagnose } = require('eko-eps/doctor')
const portable = require('eko-eps/signer')
const { WebCryptoSigner } = require('eko-eps/signer/webcrypto')

const GOLDEN = 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk='
const key = { accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }

assert.equal(new Signer(key).sign(1700000000000), GOLDEN)
assert.equal(new portable.Signer(key).sign(1700000000000), GOLDEN)
console.log('both signers sign')
assert.equal(diagnose({ ...key, timestamp: 1700000000000, secretKey: GOLDEN }).ok, true)
console.log('the doctor is well')

Sandbox.start().then(async (sandbox) => {
  assert.equal(await new WebCryptoSigner(key).sign(1700000000000), GOLDEN)
  const eko = new EkoClient(sandbox.credentials)
  assert.equal((await eko.getCustomer({ customerId: '9444444444' })).outcome, 'notEnrolled')
  console.log('a call')
})
