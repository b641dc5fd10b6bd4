// Looks up, onboards and verifies a customer. Uses the sandbox, or the vendor's UAT if EKO_DEVELOPER_KEY,
// EKO_ACCESS_KEY, EKO_INITIATOR_ID and EKO_USER_CODE are set.
import { createInterface } from 'node:readline/promises'
import { EkoClient, EkoError } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

const { EKO_DEVELOPER_KEY, EKO_ACCESS_KEY, EKO_INITIATOR_ID, EKO_USER_CODE, EKO_CUSTOMER_ID } = process.env
const keys = { EKO_DEVELOPER_KEY, EKO_ACCESS_KEY, EKO_INITIATOR_ID, EKO_USER_CODE }
const missing = Object.keys(keys).filter((name) => !keys[name])
const uat = missing.length === 0
if (!uat && missing.length < Object.keys(keys).length) {
  console.error(`For the vendor's UAT set ${missing.join(', ')} too; for the sandbox set none of them.`)
  process.exit(1)
}
const customerId = EKO_CUSTOMER_ID ?? '9444444444'

const sandbox = uat ? undefined : await Sandbox.start()
const eko = new EkoClient(
  sandbox?.credentials ?? {
    developerKey: EKO_DEVELOPER_KEY,
    accessKey: EKO_ACCESS_KEY,
    initiatorId: EKO_INITIATOR_ID,
    userCode: EKO_USER_CODE,
    environment: 'uat',
  },
)

/** Makes a call, and prints it and its outcome. `mistake` is the code of an error that is expected. */
async function step(title, name, call, mistake) {
  console.log(`\n${title}\n  eko.${name}`)
  try {
    const result = await call()
    const { outcome, meta, ...details } = result
    const next = result.next ? `, next: ${result.next}` : ''
    console.log(`  -> ${outcome}${next}   (HTTP ${meta.httpStatus}, ${meta.durationMs} ms, "${meta.message ?? ''}")`)
    delete details.next
    for (const [key, value] of Object.entries(details)) console.log(`     ${key}: ${told(value)}`)
    return result
  } catch (error) {
    if (!(error instanceof EkoError)) throw error
    if (error.code !== mistake) process.exitCode = 1
    console.log(`  -> ${error.name} ${error.code}: ${error.message}`)
    return undefined
  }
}

/** Returns a value as text on one line. */
function told(value) {
  if (typeof value !== 'object' || value === null) return String(value)
  const flat = Object.entries(value).filter(([, inner]) => typeof inner !== 'object')
  return flat.map(([key, inner]) => `${key} ${inner}`).join(', ')
}

/** Resolves to the OTP: from the sandbox, or typed in by a person who reads it from the phone. */
async function otp() {
  if (sandbox) return sandbox.lastOtp(customerId)
  if (!process.stdin.isTTY) return undefined
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`\nThe OTP that ${customerId} has received (empty to skip): `)
  terminal.close()
  return answer.trim() || undefined
}

console.log(uat ? "eko-eps against the vendor's UAT" : `eko-eps against its own sandbox, ${sandbox.baseUrl}`)

await step('Is the customer known?', `getCustomer({ customerId: '${customerId}' })`, () =>
  eko.getCustomer({ customerId }),
)

const onboarded = await step(
  'Enrol the customer.',
  'onboardCustomer({ customerId, name, dob, residenceAddress })',
  () =>
    eko.onboardCustomer({
      customerId,
      name: 'Karan Garg',
      dob: '1990-05-15',
      residenceAddress: ['123 MG Road', 'Bangalore', 'Karnataka', '560001'],
    }),
)

const code = onboarded?.outcome === 'otpRequired' ? await otp() : undefined
if (code !== undefined) {
  const { otpRefId } = onboarded
  const wrong = code === '0000' ? '1111' : '0000'
  await step(
    'A wrong OTP: told as an error that says what to do.',
    `verifyCustomerOtp({ customerId, otp: '${wrong}', otpRefId })`,
    () => eko.verifyCustomerOtp({ customerId, otp: wrong, otpRefId }),
    'otp.wrong',
  )
  await step('Verify the OTP.', 'verifyCustomerOtp({ customerId, otp, otpRefId })', () =>
    eko.verifyCustomerOtp({ customerId, otp: code, otpRefId }),
  )
}

await step('Look the customer up again.', 'getCustomer({ customerId })', () => eko.getCustomer({ customerId }))
await step('The same person as a sender of domestic money transfer.', 'dmt.getSender({ customerId })', () =>
  eko.dmt.getSender({ customerId }),
)
await step('And in the v1/v2 products.', 'legacy.getCustomer({ customerId })', () =>
  eko.legacy.getCustomer({ customerId }),
)

await eko.close()
await sandbox?.close()
console.log(process.exitCode ? '\nNot all went as it should.' : '\nDone.')
