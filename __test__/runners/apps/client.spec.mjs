/* global expect, test */
import { EkoClient, EkoValidationError } from 'eko-eps'
import { Sandbox } from 'eko-eps/sandbox'

test('a call', async () => {
  const sandbox = await Sandbox.start()
  const eko = new EkoClient(sandbox.credentials)
  expect((await eko.getCustomer({ customerId: '9444444444' })).outcome).toBe('notEnrolled')
  await expect(eko.getCustomer({ customerId: 'x' })).rejects.toBeInstanceOf(EkoValidationError)
  await eko.close()
  await sandbox.close()
})
