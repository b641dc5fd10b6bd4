// The two signers have one shape, and the sandbox gives what a client takes.
import { EkoClient, Signer as Native } from 'eko-eps'
import { type Diagnosis, diagnose, type MistakeCode } from 'eko-eps/doctor'
import { Sandbox } from 'eko-eps/sandbox'
import { Signer as Portable } from 'eko-eps/signer'
import { WebCryptoSigner } from 'eko-eps/signer/webcrypto'

export function signs(Signer: typeof Native | typeof Portable): string {
  const signer = new Signer({ accessKey: 'a', developerKey: 'd' })
  const headers = signer.headers()
  const key: string | undefined = headers.developer_key
  const init: HeadersInit = { ...headers }
  return signer.sign(Date.now()) + signer.requestHash(1, ['50']) + headers['secret-key-timestamp'] + key + init
}
signs(Native)
signs(Portable)

export function mistakes(): void {
  // @ts-expect-error no access key
  new Native({ developerKey: 'd' })
  // @ts-expect-error no access key
  new Portable({ developerKey: 'd' })
  const signer = new Native({ accessKey: 'a' })
  // @ts-expect-error text is no timestamp
  signer.sign('1700000000000')
  // @ts-expect-error a number has more than one decimal form
  signer.requestHash(1, [50])
}

export function silence(): void {
  new Native({ accessKey: 'a', silenceBrowserWarning: true })
  new Portable({ accessKey: 'a', silenceBrowserWarning: true })
  // @ts-expect-error an option that is spelt otherwise
  new Native({ accessKey: 'a', developer_key: 'd' })
  // @ts-expect-error an option that is spelt otherwise
  new Portable({ accessKey: 'a', developer_key: 'd' })
}

export async function webcrypto(): Promise<string> {
  const signer = new WebCryptoSigner({ accessKey: 'a', developerKey: 'd' })
  const { developer_key } = await signer.headers()
  // @ts-expect-error its signature is a promise
  const wrong: string = signer.sign(1)
  // @ts-expect-error no access key
  new WebCryptoSigner({ developerKey: 'd' })
  return (await signer.sign(1)) + (await signer.requestHash(1, ['50'])) + developer_key + wrong
}

export function doctor(): MistakeCode[] {
  const seen: Diagnosis = diagnose({ accessKey: 'a', timestamp: '1', secretKey: 'x', requestHash: { parts: ['50'] } })
  // @ts-expect-error no timestamp
  diagnose({ accessKey: 'a' })
  // @ts-expect-error values are texts
  diagnose({ accessKey: 'a', timestamp: 1, requestHash: { parts: [50] } })
  // @ts-expect-error no such mistake
  seen.findings.some(({ code }) => code === 'key_rawr')
  return seen.findings.map(({ code }) => code)
}

export async function sandbox(): Promise<void> {
  const sandbox = await Sandbox.start({ port: 0 })
  const eko = new EkoClient(sandbox.credentials)
  const known: string | undefined = sandbox.credentials.knownReferences['dmt.transfer']
  const { notFoundCount, notFoundSpreadMs } = sandbox.credentials.schedule
  const quick: number = notFoundCount * notFoundSpreadMs
  // @ts-expect-error what a sandbox has booked cannot be changed
  sandbox.credentials.knownReferences['dmt.transfer'] = `${known}${quick}`
  sandbox.script('getCustomer', { scenario: 'found', times: 2 })
  sandbox.script('dmt.transfer', 'otpUsed')
  // @ts-expect-error a scenario of another endpoint
  sandbox.script('getCustomer', 'otpUsed')
  // @ts-expect-error no such scenario
  sandbox.script('getCustomer', { scenario: 'foundd' })
  for (const { name } of sandbox.scenarios('refund')) sandbox.script('refund', name)
  sandbox.setCustomer('9444444444', 8)
  const otp: string | undefined = sandbox.lastOtp('9444444444')
  // @ts-expect-error no such state
  sandbox.setCustomer('9444444444', 7)
  // @ts-expect-error sandboxes are started
  new Sandbox()
  await eko.close()
  await sandbox.close()
  void otp
}
