/* global expect, test */
const { EkoClient, EkoValidationError } = require('eko-eps')
const { Sandbox } = require('eko-eps/sandbox')

test('a call', async () => {
  const sandbox = await Sandbox.start()
  const eko = new EkoClient(sandbox.credentials)
  expect((await eko.getCustomer({ customerId: '9444444444' })).outcome).toBe('notEnrolled')
  await expect(eko.getCustomer({ customerId: 'x' })).rejects.toBeInstanceOf(EkoValidationError)
  await eko.close()
  await sandbox.close()
})
