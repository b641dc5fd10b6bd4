import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

async function main() {
  const sandbox = await Sandbox.start()
  const eko = new EkoClient(sandbox.credentials)
  const { outcome } = await eko.getCustomer({ customerId: '9444444444' })
  console.log(JSON.stringify({ seen: outcome }))
}

main()
