/* global expect, test */
const { Signer } = require('eko-eps/signer')

test('the golden signature', () => {
  const signer = new Signer({ accessKey: 'TEST_ACCESS_KEY_DO_NOT_USE', silenceBrowserWarning: true })
  expect(signer.sign(1_700_000_000_000)).toBe('u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk=')
})
