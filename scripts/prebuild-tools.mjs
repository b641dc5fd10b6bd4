// Cross compiler from PyPI, in its own folder: zig is the C compiler and the linker for every target.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { at } from './paths.mjs'
import { run } from './run.mjs'

const venv = at('target', 'tools', 'prebuild')
const wanted = at('scripts', 'prebuild-requirements.txt')

/** Installs the tools if they are missing or if their list has changed. */
export async function tools() {
  const marker = `${venv}/.installed`
  const requirements = readFileSync(wanted, 'utf8')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === requirements) return
  await run('python3', ['-m', 'venv', '--clear', venv], { label: 'a place for zig' })
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', wanted]
  await run(`${venv}/bin/python`, pip, { label: 'zig from PyPI' })
  writeFileSync(marker, requirements)
}

/** Runs one of the tools. The folder of the tools is on PATH, so that they can call each other. */
export function tool(name, args, { env = {}, ...options } = {}) {
  const PATH = `${venv}/bin${delimiter}${process.env.PATH}`
  return run(`${venv}/bin/${name}`, args, { ...options, env: { PATH, ...env } })
}
