// Runs the prebuilt module for this system. It needs only Node, `dist` and the module.
import { platform } from '../../scripts/paths.mjs'
import { flow } from './flow.mjs'

const seen = await flow(platform(), () => [process.execPath])
console.log(`${platform()}: ${JSON.stringify(seen)}`)
