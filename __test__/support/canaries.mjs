// Makes every call that carries a secret or personal data, against a server that repeats all that it gets. Prints all
// results in every way that Node has.
import { writeFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { EkoClient } from 'eko-eps'
import { serve } from './server.mjs'

const [folder, canaries] = process.argv.slice(2)
const { accessKey, developerKey, otp, aadhaar, account, mobile, person, street } = JSON.parse(canaries)
const accessKeyFile = `${folder}/access-key`
writeFileSync(accessKeyFile, accessKey)

let mode = 'refuse'
const got = []
const server = await serve((request, body) => {
  const all = `${request.url} ${body} ${request.headers['secret-key']} ${request.headers.developer_key}`
  got.push(all, request.headers['secret-key'])
  const named = { [all]: all, otp: all }
  const name = JSON.stringify(all)
  const twice = `${name}:1,${name}:2`
  const text = {
    refuse: JSON.stringify({ status: 302, response_status_id: 302, message: all, invalid_params: named }),
    params: JSON.stringify({ status: 97, response_type_id: -1, message: all, invalid_params: named }),
    html: `<html>${all}</html>`,
    twice: `{"status":463,"response_status_id":463,"message":${JSON.stringify(all)},${twice}}`,
    other: JSON.stringify({ status: 1234, message: all, data: { tid: all, client_ref_id: all } }),
  }
  return { text: text[mode] }
})

const eko = new EkoClient({
  developerKey,
  accessKeyFile,
  initiatorId: '9962981729',
  userCode: '20810200',
  baseUrl: server.baseUrl,
  journal: `${folder}/journal`,
  resolver: false,
})
const things = [['the client', eko]]
for (const kind of ['outcome', 'resolved', 'alarm']) eko.on(kind, (event) => things.push([kind, event]))

const address = { line: street, city: 'Pune', state: 'Maharashtra', pincode: '411001' }
const debit = { recipientId: '117015428', amount: '100', customerId: mobile, otp, otpRefId: 'ref' }
const calls = {
  verify: () => eko.verifyCustomerOtp({ customerId: mobile, otp, otpRefId: 'ref' }),
  onboard: () =>
    eko.onboardCustomer({ customerId: mobile, name: person, dob: '1990-05-15', residenceAddress: [street, 'Pune'] }),
  sender: () =>
    eko.dmt.onboardSender({ customerId: mobile, name: person, dob: '1990-05-15', residenceAddress: address }),
  ekyc: () => eko.dmt.ekycSender({ customerId: mobile, aadhar: aadhaar, piddata: `<PidData>${person}</PidData>` }),
  recipient: () =>
    eko.dmt.addRecipient({
      customerId: mobile,
      recipientName: person,
      recipientMobile: mobile,
      account,
      ifsc: 'SBIN0000001',
    }),
  transfer: () => eko.dmt.transfer({ ...debit, clientRefId: `REF-${mode}` }),
  resolve: () => eko.resolve({ op: 'dmt.transfer', reference: `REF-${mode}` }),
  callback: () =>
    eko.callbacks.merge(
      JSON.stringify({ client_ref_id: `REF-${mode}`, tid: '1', amount: '7', account, sender_name: person }),
    ),
  prepare: () => eko.prepare('verifyCustomerOtp', { customerId: mobile, otp, otpRefId: 'ref' }),
  unfit: () => eko.verifyCustomerOtp({ customerId: `${mobile}0`, otp: [otp], otpRefId: { [account]: person } }),
}
for (mode of ['refuse', 'params', 'html', 'twice', 'other']) {
  for (const [name, call] of Object.entries(calls)) {
    try {
      things.push([name, await call()])
    } catch (error) {
      things.push([name, error])
    }
  }
}
await eko.close()
await server.close()

for (const [name, value] of things) {
  console.log(name, value)
  console.error('%s %o %O %j', name, value, value, value)
  console.log(inspect(value, { showHidden: true, depth: Infinity, showProxy: true }))
  console.log(`${value} ${value?.stack} ${value?.cause}`)
  // These two print each property. For a prepared request they would rightly show the secrets that it sends.
  if (name !== 'prepare') {
    console.dir(value, { showHidden: true, depth: Infinity })
    console.table([value])
  }
  try {
    console.log(
      inspect(structuredClone(value), { showHidden: true, depth: Infinity }),
      JSON.stringify(structuredClone(value)),
    )
  } catch (error) {
    console.log(error.name)
  }
}
// The signatures must not have been printed either.
writeFileSync(`${folder}/signatures`, JSON.stringify(got.filter((text) => /^[A-Za-z0-9+/]{43}=$/.test(text))))
writeFileSync(`${folder}/repeated`, got.join('\n'))
console.log(`things: ${things.length}`)
