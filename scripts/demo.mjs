// `npm run demo`: installs what is missing, builds, and runs examples/demo.mjs.
import { spawnSync } from 'node:child_process'
import { javascript, native } from './build.mjs'
import { npmPackages, rust } from './install.mjs'
import { at } from './paths.mjs'
import { seconds } from './run.mjs'

const steps = [
  ['installing npm packages', npmPackages],
  ['looking for Rust', rust],
  ['building the native module (minutes the first time)', () => native()],
  ['building the JavaScript side', javascript],
]

try {
  for (const [title, step] of steps) {
    const started = performance.now()
    console.log(`-> ${title}`)
    await step()
    console.log(`   done in ${seconds(performance.now() - started)}`)
  }
} catch (error) {
  console.error(`\n${error.message}`)
  process.exit(1)
}
console.log('')
process.exit(spawnSync(process.execPath, [at('examples', 'demo.mjs')], { stdio: 'inherit' }).status ?? 1)
