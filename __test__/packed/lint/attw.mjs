// Runs "Are the types wrong?" on the tarball. The profile node10 is left out, because its resolution ignores `exports`.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { root } from '../../../scripts/paths.mjs'
import { bin, install } from '../../support/tools.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
install(here)
execFileSync(bin(here, 'attw'), ['--pack', '.', '--profile', 'node16'], { cwd: root, stdio: 'inherit' })
