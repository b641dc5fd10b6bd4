// Bundles the modules of the client into one file, and removes the files in dist that are then not needed.
import { rmSync } from 'node:fs'
import { relative } from 'node:path'
import { files } from './build-cache.mjs'
import { at, json, root } from './paths.mjs'
import { run } from './run.mjs'

/**
 * Plugin that leaves native-errors.js in a separate file, because the file is needed only if loading fails. The bundle
 * finds it by its path in dist, which differs from its path in the sources.
 */
const nativeErrors = {
  name: 'native errors',
  setup(build) {
    build.onResolve({ filter: /\/native-errors\.js$/ }, () => ({ path: './native/native-errors.js', external: true }))
  },
}

/** Returns all paths in `exports` or `bin` of package.json. */
function promised(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(promised)
}

export async function bundle() {
  // esbuild is imported here, because the command that installs it imports this file too.
  const { build } = await import('esbuild')
  const common = { bundle: true, platform: 'node', target: 'node20', absWorkingDir: root, logLevel: 'warning' }
  await build({
    ...common,
    entryPoints: [at('js', 'core.ts')],
    outfile: at('dist', 'core.js'),
    format: 'cjs',
    plugins: [nativeErrors],
    allowOverwrite: true,
    // Comments are removed, because they are half of the text. Names are kept, because people read stacks. Lines stay
    // short, because Node prints the line in which an error was thrown.
    minifyWhitespace: true,
    lineLimit: 120,
  })
  const { exports, bin } = json('package.json')
  const inDist = (path) => /^(\.\/)?dist\/[^/]+\.m?js$/.test(path)
  const { metafile } = await build({
    ...common,
    // Nothing is written here, but esbuild needs a different output name for each entry. An ES module and its CommonJS
    // twin would get the same name, so the entries are numbered.
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

/**
 * Removes the declarations that the published declarations do not use. They describe internal code that users cannot
 * import.
 */
async function declarations(published) {
  // The declarations of the signature doctor are built later, and they use this file.
  const entries = [
    ...published.filter((path) => /^\.\/dist\/[^/]+\.d\.m?ts$/.test(path)),
    'dist/doctor/doctor-types.d.ts',
  ]
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc')
  // tsc lists all files that it reads, so all imports are followed. It ignores tsconfig.json, which is made for the
  // sources.
  const options = ['--ignoreConfig', '--listFilesOnly', '--module', 'nodenext']
  const listed = await run(process.execPath, [tsc, ...options, ...entries], { label: 'tsc, declarations' })
  const kept = listed.split(/\r?\n/).map((path) => relative(root, path).replaceAll('\\', '/'))
  remove(published, (path) => /\.d\.m?ts$/.test(path) && !kept.includes(path))
}

/**
 * Removes unwanted files from dist. The published files of the signers and the signature doctor stay, because their own
 * scripts build them.
 */
function remove(published, unwanted) {
  const others = published.map((path) => path.replace('./', '')).filter((path) => /^dist\/(signer|doctor)\//.test(path))
  for (const path of files('dist')) if (!others.includes(path) && unwanted(path)) rmSync(at(path))
}
