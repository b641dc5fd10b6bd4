// Compiles and runs a program in each kind of project (module system).
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { node } from './programs.mjs'

const apps = fileURLToPath(new URL('apps', import.meta.url))
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const STRICT = { strict: true, skipLibCheck: false, target: 'es2022', lib: ['es2022', 'dom'], types: [], outDir: 'out' }

const javascript = (file) => ({ file })
const typescript = (type, compilerOptions, file = 'app.ts') => ({ file, type, compilerOptions })

export const LAYOUTS = {
  ESM: javascript('app.mjs'),
  CommonJS: javascript('app.cjs'),
  'TypeScript nodenext': typescript('module', { module: 'nodenext' }),
  'TypeScript node16': typescript('module', { module: 'node16' }),
  'TypeScript bundler': typescript('module', { module: 'esnext', moduleResolution: 'bundler' }),
  'TypeScript nodenext, CommonJS project': typescript('commonjs', { module: 'nodenext' }),
  // This way of resolving modules ignores `exports`, so only the main entry is found.
  'TypeScript commonjs': typescript('commonjs', { module: 'commonjs', esModuleInterop: true }, 'main.ts'),
}

/** Compiles and runs the program of a layout in a folder of its own below `home`. Returns its output. */
export async function runLayout(home, name, { env }, start = []) {
  const { file, type, compilerOptions } = LAYOUTS[name]
  const folder = join(home, name.replace(/\W+/g, '-'))
  mkdirSync(folder, { recursive: true })
  cpSync(join(apps, file), join(folder, file))
  if (compilerOptions === undefined) return node([...start, join(folder, file)], { cwd: folder, env })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
  const settings = { compilerOptions: { ...STRICT, ...compilerOptions }, files: [file] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  await node([TSC, '-p', folder], { cwd: folder, env })
  return node([...start, join(folder, 'out', file.replace('.ts', '.js'))], { cwd: folder, env })
}
