// An application that closes nothing: its process must end by itself.
import { EkoClient, Signer } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'
import { Signer as Portable } from 'eko-eps/signer'

const key = { accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }
const sandbox = await Sandbox.start()
const { outcome } = await new EkoClient(sandbox.credentials).getCustomer({ customerId: '9444444444' })
const signatures = [new Signer(key), new Portable(key)].map((signer) => signer.sign(1700000000000))
console.log(...signatures, outcome)
