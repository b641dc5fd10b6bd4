// Runs the prebuilt module of the very system that this runs on; needs nothing but Node, `dist` and the module.
import { platform } from '../../scripts/paths.mjs'
import { flow } from './flow.mjs'

const seen = await flow(platform(), () => [process.execPath])
console.log(`${platform()}: ${JSON.stringify(seen)}`)
