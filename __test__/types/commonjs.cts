// The same from CommonJS.
import eko = require('eko-eps')
import sandbox = require('eko-eps/sandbox')
import signer = require('eko-eps/signer')

export function make(): eko.EkoClient {
  const { sign } = new signer.Signer({ accessKey: 'a' })
  void sign
  void sandbox.Sandbox.start()
  return new eko.EkoClient({ developerKey: 'd', accessKey: 'a', environment: 'production' })
}
