// Work that every HTTP client does: it signs and sends the same request, and parses and checks the same answer.
import { createHmac } from 'node:crypto'

export const CUSTOMER = '9123456789'
const INITIATOR = '9962981729'
const USER = '20810200'
/** The vendor's demo account, with its public keys. */
export const ACCOUNT = {
  developerKey: 'becbbce45f79c6f5109f848acd540567',
  accessKey: 'd2fe1d99-6298-4af2-8cc5-d97dcf46df30',
  initiatorId: INITIATOR,
  userCode: USER,
}
export const PATH = `/ekoapi/v3/customer/payment/dmt-fino/sender/${CUSTOMER}?initiator_id=${INITIATOR}&user_code=${USER}`

/** Returns an account with its own developer key, because one developer key has only 1,000 timestamps per second. */
export function account(index) {
  return { ...ACCOUNT, developerKey: `bench-${process.pid}-${index}` }
}

/**
 * Returns a function that creates signed headers, as a careful user writes it without this library. The encoded key is
 * kept.
 */
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

/** Returns the outcome of an answer, as hand-written code determines it. */
export function read(status, body) {
  if (status !== 200) throw new Error(`HTTP ${status}`)
  const known = body.status === 0 && body.response_type_id === 309
  return { outcome: known ? 'found' : 'other', name: body.data?.customer_profile?.name }
}

/** Returns true if this is the outcome of the answer that the server sends. */
export function right({ outcome, name }) {
  return outcome === 'found' && name === 'Asha Rao'
}
