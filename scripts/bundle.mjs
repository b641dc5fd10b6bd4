// Makes one file of the client's modules, and takes away what then nothing needs.
import { rmSync } from 'node:fs'
import { at, json, root } from './paths.mjs'
import { files } from './stamp.mjs'

/** Beside it, for this is needed only when it fails. */
const external = ['./native-errors.js']

/** Every file that the package promises. */
function promised(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(promised)
}

export async function bundle() {
  // Not imported at the top: the command that installs it runs this file too.
  const { build } = await import('esbuild')
  const common = { bundle: true, platform: 'node', target: 'node20', absWorkingDir: root, logLevel: 'warning' }
  await build({
    ...common,
    entryPoints: [at('lib', 'core.ts')],
    outfile: at('dist', 'core.js'),
    format: 'cjs',
    external,
    allowOverwrite: true,
    // Comments are half of it. Names stay, for people read stacks; and lines stay short, for Node prints the one that an error was
    // thrown in.
    minifyWhitespace: true,
    lineLimit: 120,
  })
  const { exports, bin } = json('package.json')
  const inDist = (path) => /^(\.\/)?dist\/[^/]+\.m?js$/.test(path)
  const { metafile } = await build({
    ...common,
    // Nothing is written: the names only have to differ, which those of an ES module and its twin would not.
    entryPoints: [...new Set(promised({ exports, bin }).filter(inDist))].map((path, out) => ({
      in: at(path),
      out: `${out}`,
    })),
    external: ['./doctor/*'],
    outdir: at('dist'),
    format: 'esm',
    write: false,
    metafile: true,
  })
  const ours = (path) => /\.m?js$/.test(path) && !/^dist\/(signer|doctor)\//.test(path)
  for (const path of files('dist')) if (ours(path) && metafile.inputs[path] === undefined) rmSync(at(path))
}
