// Makes one file of the client's modules, and takes away what then nothing needs.
import { rmSync } from 'node:fs'
import { relative } from 'node:path'
import { files } from './build-cache.mjs'
import { at, json, root } from './paths.mjs'
import { run } from './run.mjs'

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
  remove((path) => /\.m?js$/.test(path) && metafile.inputs[path] === undefined)
  await declarations(promised({ exports }))
}

/** Takes away the declarations that no published one leads to: they tell of internals, and nobody can import them. */
async function declarations(published) {
  // The signature doctor is built later, and its declarations lead to these.
  const entries = [...published.filter((path) => /^\.\/dist\/[^/]+\.d\.m?ts$/.test(path)), 'dist/doctor-types.d.ts']
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc')
  // Its own list, so that whatever leads from one file to the next is followed. No configuration: that is the sources'.
  const options = ['--ignoreConfig', '--listFilesOnly', '--module', 'nodenext']
  const listed = await run(process.execPath, [tsc, ...options, ...entries], { label: 'tsc, declarations' })
  const kept = listed.split(/\r?\n/).map((path) => relative(root, path).replaceAll('\\', '/'))
  remove((path) => /\.d\.m?ts$/.test(path) && !kept.includes(path))
}

/** The signers and the signature doctor have scripts of their own, and no more than they promise. */
function remove(unwanted) {
  for (const path of files('dist')) if (!/^dist\/(signer|doctor)\//.test(path) && unwanted(path)) rmSync(at(path))
}
