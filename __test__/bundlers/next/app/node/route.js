import { Signer } from 'eko-eps/signer'

export const dynamic = 'force-dynamic'

export function GET() {
  const signer = new Signer({ accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' })
  return Response.json({ seen: signer.sign(1_700_000_000_000) })
}
