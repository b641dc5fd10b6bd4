// The bundlers with their default settings: each is told only what to bundle, for which target, and where to write.
// Each returns its warnings.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

/** `app` is the file of the application, `external` the packages that stay out of the bundle. */
async function esbuild({ home, app, target, out, external }, options = {}) {
  const { build } = await import('esbuild')
  const given = { bundle: true, platform: target, external, logLevel: 'silent', ...options }
  const { warnings } = await build({ absWorkingDir: home, entryPoints: [app], outdir: out, ...given })
  return warnings.map(({ text }) => text)
}

const ESM = { format: 'esm', outExtension: { '.js': '.mjs' } }

async function rollup({ home, app, target, out, external }, more = []) {
  const { rollup } = await import('rollup')
  const { nodeResolve } = await import('@rollup/plugin-node-resolve')
  const warnings = []
  const onwarn = ({ message }) => warnings.push(message)
  const plugins = [nodeResolve({ browser: target === 'browser' }), ...more]
  const built = await rollup({ input: join(home, app), plugins, external, onwarn })
  await built.write({ dir: out, format: 'es', entryFileNames: '[name].mjs' })
  await built.close()
  return warnings
}

async function rollupCommonjs(options) {
  const { default: commonjs } = await import('@rollup/plugin-commonjs')
  return rollup(options, [commonjs()])
}

async function rolldown({ home, app, target, out, external }) {
  const { rolldown } = await import('rolldown')
  const warnings = []
  const onLog = (_, { message }) => warnings.push(message)
  const built = await rolldown({ cwd: home, input: join(home, app), platform: target, external, onLog })
  await built.write({ dir: out, format: 'esm', entryFileNames: '[name].mjs' })
  await built.close()
  return warnings
}

function webpack({ home, app, target, out, external }) {
  const options = {
    context: home,
    mode: 'production',
    entry: `./${app}`,
    target: target === 'browser' ? 'web' : target,
    output: { path: out, filename: target === 'node' ? '[name].cjs' : '[name].js' },
    externals: Object.fromEntries(external.map((name) => [name, `commonjs ${name}`])),
  }
  return new Promise((resolve, reject) => {
    require('webpack')(options, (error, stats) => {
      if (error) return reject(error)
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true })
      if (errors.length > 0) return reject(new Error(errors.map(({ message }) => message).join('\n')))
      resolve(warnings.map(({ message }) => message))
    })
  })
}

async function vite({ home, app, out }) {
  const { build, createLogger } = await import('vite')
  const input = join(home, app.replace('.mjs', '.html'))
  const warnings = []
  const warn = (message) => warnings.push(message)
  // Vite has two functions for warnings; all other messages are ignored.
  const customLogger = { ...createLogger('silent'), warn, warnOnce: warn }
  await build({
    root: home,
    configFile: false,
    logLevel: 'warn',
    customLogger,
    build: { outDir: out, emptyOutDir: true, rollupOptions: { input } },
  })
  return warnings
}

/** The bundlers: name, npm package, target, and function that bundles. */
export const BUNDLERS = [
  { name: 'esbuild', target: 'browser', run: esbuild },
  { name: 'esbuild, minified', package: 'esbuild', target: 'browser', run: (o) => esbuild(o, { minify: true }) },
  { name: 'esbuild', target: 'node', run: esbuild },
  { name: 'esbuild, ES module', package: 'esbuild', target: 'node', run: (o) => esbuild(o, ESM) },
  { name: 'rollup', target: 'browser', run: rollup },
  { name: 'rollup', target: 'node', run: rollup },
  { name: 'rollup, CommonJS plugin', package: 'rollup', target: 'node', run: rollupCommonjs },
  { name: 'rolldown', target: 'browser', run: rolldown },
  { name: 'rolldown', target: 'node', run: rolldown },
  { name: 'webpack', target: 'browser', run: webpack },
  { name: 'webpack', target: 'node', run: webpack },
  { name: 'webpack', target: 'electron-renderer', run: webpack, clientOnly: true },
  { name: 'vite build', package: 'vite', target: 'browser', run: vite },
].map((bundler) => ({ ...bundler, version: require(`${bundler.package ?? bundler.name}/package.json`).version }))

/** Starts Vite's development server on loopback. It bundles only what it must. */
export async function viteDev(home) {
  const { createServer } = await import('vite')
  const server = await createServer({
    root: home,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, ws: false },
  })
  await server.listen()
  const { port } = server.httpServer.address()
  return {
    origin: `http://127.0.0.1:${port}`,
    version: require('vite/package.json').version,
    close: () => server.close(),
  }
}
