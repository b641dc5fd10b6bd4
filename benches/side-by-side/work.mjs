// The work that every HTTP client does: the same request, signed; the same answer, parsed and looked at.
import { createHmac } from 'node:crypto'

export const CUSTOMER = '9123456789'
const INITIATOR = '9962981729'
const USER = '20810200'
/** The vendor's demo account. */
export const ACCOUNT = {
  developerKey: 'becbbce45f79c6f5109f848acd540567',
  accessKey: 'd2fe1d99-6298-4af2-8cc5-d97dcf46df30',
  initiatorId: INITIATOR,
  userCode: USER,
}
export const PATH = `/ekoapi/v3/customer/payment/dmt-fino/sender/${CUSTOMER}?initiator_id=${INITIATOR}&user_code=${USER}`

/** Accounts with keys of their own: a developer key has 1,000 timestamps a second. */
export function account(index) {
  return { ...ACCOUNT, developerKey: `bench-${process.pid}-${index}` }
}

/** What one writes by hand; the encoded key is kept, as a careful user would. */
export function handSigner({ developerKey, accessKey }) {
  const key = Buffer.from(accessKey).toString('base64')
  return () => {
    const timestamp = String(Date.now())
    return {
      developer_key: developerKey,
      'secret-key': createHmac('sha256', key).update(timestamp).digest('base64'),
      'secret-key-timestamp': timestamp,
      'content-type': 'application/json',
    }
  }
}

/** Status and body of an answer, by hand: which outcome is it? */
export function read(status, body) {
  if (status !== 200) throw new Error(`HTTP ${status}`)
  const known = body.status === 0 && body.response_type_id === 309
  return { outcome: known ? 'found' : 'other', name: body.data?.customer_profile?.name }
}

/** Whether an outcome is the one that the server's answer means. */
export function right({ outcome, name }) {
  return outcome === 'found' && name === 'Asha Rao'
}
