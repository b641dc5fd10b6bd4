// Makes one file of the client's modules, and takes away what then nothing needs.
import { rmSync } from 'node:fs'
import { relative } from 'node:path'
import { files } from './build-cache.mjs'
import { at, json, root } from './paths.mjs'
import { run } from './run.mjs'

/** A file of its own, for it is needed only when loading fails; by its path from the bundle, not from the source. */
const nativeErrors = {
  name: 'native errors',
  setup(build) {
    build.onResolve({ filter: /\/native-errors\.js$/ }, () => ({ path: './native/native-errors.js', external: true }))
  },
}

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
    entryPoints: [at('js', 'core.ts')],
    outfile: at('dist', 'core.js'),
    format: 'cjs',
    plugins: [nativeErrors],
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
    external: ['../doctor/*'],
    outdir: at('dist'),
    format: 'esm',
    write: false,
    metafile: true,
  })
  const entries = promised({ exports, bin })
  remove(entries, (path) => /\.m?js$/.test(path) && metafile.inputs[path] === undefined)
  await declarations(entries)
}

/** Takes away the declarations that no published one leads to: they tell of internals, and nobody can import them. */
async function declarations(published) {
  // The signature doctor is built later, and its declarations lead to these.
  const entries = [
    ...published.filter((path) => /^\.\/dist\/[^/]+\.d\.m?ts$/.test(path)),
    'dist/doctor/doctor-types.d.ts',
  ]
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc')
  // Its own list, so that whatever leads from one file to the next is followed. No configuration: that is the sources'.
  const options = ['--ignoreConfig', '--listFilesOnly', '--module', 'nodenext']
  const listed = await run(process.execPath, [tsc, ...options, ...entries], { label: 'tsc, declarations' })
  const kept = listed.split(/\r?\n/).map((path) => relative(root, path).replaceAll('\\', '/'))
  remove(published, (path) => /\.d\.m?ts$/.test(path) && !kept.includes(path))
}

/** The signers and the signature doctor have scripts of their own, which make what the package promises of them. */
function remove(published, unwanted) {
  const others = published.map((path) => path.replace('./', '')).filter((path) => /^dist\/(signer|doctor)\//.test(path))
  for (const path of files('dist')) if (!others.includes(path) && unwanted(path)) rmSync(at(path))
}
