// An application that has installed the tarballs. Each check prints a line.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import * as main from 'eko-eps'
import { diagnose } from 'eko-eps/doctor'
import * as sandboxModule from 'eko-eps/sandbox'
import * as signerModule from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'

const require = createRequire(import.meta.url)
const GOLDEN = 'u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk='
const key = { accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }

assert.equal(new main.Signer(key).sign(1700000000000), GOLDEN)
assert.equal(new signerModule.Signer(key).sign(1700000000000), GOLDEN)
assert.equal(await new WebCryptoSigner(key).sign(1700000000000), GOLDEN)
console.log('all signers sign')

assert.equal(diagnose({ ...key, timestamp: 1700000000000, secretKey: GOLDEN }).ok, true)
console.log('the doctor is well')

assert.equal(require('eko-eps').EkoClient, main.EkoClient)
assert.equal(require('eko-eps/sandbox').Sandbox, sandboxModule.Sandbox)
console.log('one copy of each class')

assert.deepEqual(Object.keys(require('eko-eps/package.json').exports), [
  '.',
  './signer',
  './signer/webcrypto',
  './doctor',
  './sandbox',
  './postgres',
  './package.json',
])
console.log('package.json is exported')

const sandbox = await sandboxModule.Sandbox.start()
const eko = new main.EkoClient(sandbox.credentials)
assert.equal((await eko.getCustomer({ customerId: '9444444444' })).outcome, 'notEnrolled')
console.log('a call')
