import { EkoClient } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

export const dynamic = 'force-dynamic'

export async function GET() {
  const sandbox = await Sandbox.start()
  const eko = new EkoClient(sandbox.credentials)
  const { outcome } = await eko.getCustomer({ customerId: '9444444444' })
  await eko.close()
  await sandbox.close()
  return Response.json({ seen: outcome })
}
