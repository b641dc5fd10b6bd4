// "Are the types wrong?", asked of the tarball. Without node10, whose resolution knows no `exports`.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { root } from '../../../scripts/paths.mjs'
import { bin, install } from '../../support/tools.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
install(here)
execFileSync(bin(here, 'attw'), ['--pack', '.', '--profile', 'node16'], { cwd: root, stdio: 'inherit' })
