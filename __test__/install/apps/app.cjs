// Nothing is closed: the process must end by itself.
const { EkoClient, Signer } = require('eko-eps')
const { Sandbox } = require('eko-eps/sandbox')
const portable = require('eko-eps/signer')

const key = { accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }
Sandbox.start().then(async (sandbox) => {
  const { outcome } = await new EkoClient(sandbox.credentials).getCustomer({ customerId: '9444444444' })
  const signatures = [new Signer(key), new portable.Signer(key)].map((signer) => signer.sign(1700000000000))
  console.log(...signatures, outcome)
})
