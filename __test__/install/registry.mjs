// A real npm registry on loopback with this package only; the package is really published to it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { at, json, nativeFile } from '../../scripts/paths.mjs'
import { manifest, TARGETS } from '../../scripts/targets.mjs'
import { succeed } from './programs.mjs'

const { runServer } = createRequire(import.meta.url)('verdaccio')
const STAND_IN = 'A stand-in of a test: chosen and installed like the real module, never loaded.\n'

/** Starts the registry. All files that it and its clients write are in `folder`. */
export async function registry(folder) {
  const server = await runServer({
    self_path: join(folder, 'config.yaml'),
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    uplinks: {},
    packages: { '**': { access: ['$all'], publish: ['$authenticated'] } },
    max_body_size: '50mb',
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}/`
  const answer = await fetch(`${url}-/user/org.couchdb.user:publisher`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'publisher', password: 'publisher-on-loopback' }),
  })
  const { token } = await answer.json()
  const npmrc = join(folder, 'npmrc')
  writeFileSync(npmrc, `registry=${url}\n${url.replace('http:', '')}:_authToken=${token}\naudit=false\nfund=false\n`)
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url, env: environment(folder, npmrc, url), close }
}

/**
 * Returns an environment without this user's settings and without variables of the npm that runs this. Only Rust is
 * kept, because packing needs it for the licences.
 */
function environment(folder, npmrc, url) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|yarn_|pnpm_|berry_)/i.test(name))
  const home = join(folder, 'home')
  mkdirSync(home, { recursive: true })
  return {
    ...Object.fromEntries(kept),
    CARGO_HOME: process.env.CARGO_HOME ?? join(homedir(), '.cargo'),
    RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'),
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    CI: 'true',
    NPM_CONFIG_USERCONFIG: npmrc,
    NPM_CONFIG_CACHE: join(folder, 'npm-cache'),
    NPM_CONFIG_UPDATE_NOTIFIER: 'false',
    YARN_CACHE_FOLDER: join(folder, 'yarn-cache'),
    YARN_NPM_REGISTRY_SERVER: url,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_GLOBAL_FOLDER: join(folder, 'yarn'),
    YARN_REGISTRY: url,
  }
}

/** Makes the tarball of a platform package: the real one, or one without the native module. */
async function platformTarball(target, folder, real, env) {
  if (real) return pack(at('npm', target.name), folder, env)
  const stand = join(folder, 'stand-ins', target.name)
  mkdirSync(stand, { recursive: true })
  const { scripts: _, ...rest } = manifest(target, json('package.json'))
  writeFileSync(join(stand, 'package.json'), JSON.stringify(rest))
  writeFileSync(join(stand, rest.main), STAND_IN)
  return pack(stand, folder, env)
}

async function pack(source, folder, env) {
  const text = await succeed('npm', ['pack', '--json', '--pack-destination', folder], { cwd: source, env })
  const [{ filename }] = JSON.parse(text.slice(text.indexOf('[')))
  return join(folder, filename.replace('@', '').replace('/', '-'))
}

/** Publishes all packages. `real` says for which targets the built module is published. */
export async function publish({ env }, folder, real) {
  const jobs = TARGETS.map(
    (target) => () => platformTarball(target, folder, real(target, nativeFile(target.name)), env),
  )
  jobs.push(() => pack(at(), folder, env))
  const lane = async () => {
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      await succeed('npm', ['publish', await job(), '--access=public', '--provenance=false'], { cwd: folder, env })
    }
  }
  await Promise.all([lane(), lane(), lane()])
}
