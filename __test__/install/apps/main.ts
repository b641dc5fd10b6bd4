import { EkoClient, Signer } from 'eko-eps'

const eko = new EkoClient({
  developerKey: 'TEST_DEVELOPER_KEY',
  accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE',
  initiatorId: '9962981729',
  userCode: '20810200',
  environment: 'uat',
})
const signature: string = new Signer({ accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE' }).sign(1700000000000)
const answer = { status: 200, headers: {}, body: '{"response_type_id":-1,"message":"x","status":463}' }
console.log(
  signature,
  eko.prepare('getCustomer', { customerId: '9444444444' }).method,
  eko.interpret('getCustomer', answer).outcome,
)
