// What the compiler lets through, and what it does not. Compiled only; every expected error must be one.
import { EkoClient, EkoError, EkoTransportError, type ErrorCode, type Meta, type SignedRequest } from 'eko-eps'

const eko = new EkoClient({ developerKey: 'd', accessKey: 'a', environment: 'uat' })

/** Only callable with nothing: a switch that forgets an outcome does not compile. */
function never(value: never): never {
  throw new Error(String(value))
}

export async function customer(customerId: string): Promise<string> {
  const result = await eko.getCustomer({ customerId }, { signal: new AbortController().signal, deadlineMs: 1000 })
  const meta: Meta = result.meta
  const raw: string = result.raw
  switch (result.outcome) {
    case 'found':
      return result.customer.name ?? raw
    case 'notEnrolled':
      return result.next satisfies 'onboardCustomer'
    case 'otpRequired':
      return result.otpRefId
    case 'other':
      return meta.message ?? ''
    default:
      return never(result)
  }
}

export async function verified(customerId: string, otp: string, otpRefId: string): Promise<string | undefined> {
  const result = await eko.verifyCustomerOtp({ customerId, otp, otpRefId })
  switch (result.outcome) {
    case 'verified':
      return result.customer.balance
    case 'aadhaarRequired':
    case 'panRequired':
    case 'notEnrolled':
    case 'other':
      return undefined
    default:
      return never(result)
  }
}

export async function forgets(customerId: string): Promise<void> {
  const result = await eko.getCustomer({ customerId })
  switch (result.outcome) {
    case 'found':
    case 'other':
      return
    default:
      // @ts-expect-error notEnrolled and otpRequired are forgotten
      never(result)
  }
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error a missing parameter
  await eko.getCustomer({})
  // @ts-expect-error no parameters
  await eko.getCustomer()
  // @ts-expect-error a parameter of a wrong type
  await eko.getCustomer({ customerId: 9444444444 })
  // @ts-expect-error an unknown parameter
  await eko.getCustomer({ customerId: '9444444444', channel: '2' })
  // @ts-expect-error a wire name
  await eko.getCustomer({ customer_id: '9444444444' })
  // @ts-expect-error an unknown option of a call
  await eko.getCustomer({ customerId: '9444444444' }, { timeout: 5 })
  // @ts-expect-error an unknown call
  await eko.getCustomr({ customerId: '9444444444' })
  // @ts-expect-error a list is asked for
  await eko.onboardCustomer({ customerId: '9444444444', name: 'A', dob: '1990-01-01', residenceAddress: 'x' })
  // @ts-expect-error another rail's call
  await eko.dmt.getCustomer({ customerId: '9444444444' })
  // @ts-expect-error calls by name are for the generated methods
  await eko.call('getCustomer', { customerId: '9444444444' })
  // @ts-expect-error a member of another outcome
  ;(await eko.getCustomer({ customerId: '9444444444' })).otpRefId
}

export function options(): void {
  new EkoClient({ developerKey: 'd', accessKeyFile: '/run/secrets/key', baseUrl: 'https://relay.example/v3' })
  // @ts-expect-error an unknown environment
  new EkoClient({ developerKey: 'd', accessKey: 'a', environment: 'live' })
  // @ts-expect-error an unknown option
  new EkoClient({ developerKey: 'd', accessKey: 'a', environment: 'uat', timeout: 5 })
  // @ts-expect-error no developer key
  new EkoClient({ accessKey: 'a', environment: 'uat' })
}

export function byOtherMeans(): string {
  const request: SignedRequest = eko.prepare('dmt.getSender', { customerId: '9444444444' })
  // @ts-expect-error a prepared request is not to be changed
  request.method = 'POST'
  // @ts-expect-error an unknown call
  eko.prepare('dmt.getSendr', {})
  // @ts-expect-error a parameter is missing
  eko.prepare('dmt.getSender', {})
  const outcome = eko.interpret('legacy.getCustomer', { status: 200, headers: new Headers(), body: '{}' })
  return outcome.outcome === 'found' ? String(outcome.customer.state) : outcome.outcome
}

export function errors(error: unknown): string {
  if (!(error instanceof EkoError)) return ''
  const code: ErrorCode = error.code
  // @ts-expect-error no such code
  const wrong: ErrorCode = 'otp.wrog'
  // @ts-expect-error codes are read, not set
  error.code = 'closed'
  return error instanceof EkoTransportError && error.maybeSent ? code : wrong
}

export async function disposal(): Promise<void> {
  await eko[Symbol.asyncDispose]()
  await eko.close()
}
