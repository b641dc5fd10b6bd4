// Errors for a native module that is missing or has another version. They name this system, the missing package, the
// cause and the fix.
import { bundled } from './bundled.js'
import { glibcVersion, libc } from './libc.js'
import { PLATFORMS } from './platforms.js'
import { UNSUPPORTED_RUNTIME } from './unsupported-runtime.js'
import { VERSION } from './version.js'

function system(): string {
  const kind = libc()
  const named = kind === undefined ? '' : `, libc: ${kind === 'musl' ? kind : `glibc ${glibcVersion() ?? ''}`.trim()}`
  return `${process.platform} on ${process.arch}${named}, Node ${process.version}`
}

/** Returns the installed platform packages. They show for which system node_modules was made. */
function installed(): string[] {
  return PLATFORMS.filter((name) => {
    try {
      require.resolve(`@eko-eps/${name}/package.json`)
      return true
    } catch {
      return false
    }
  })
}

function isMissing({ code, message }: NodeJS.ErrnoException, wanted: string): boolean {
  return code === 'MODULE_NOT_FOUND' && message.includes(`'${wanted}'`)
}

function missing(wanted: string): string[] {
  const others = installed().map((name) => `@eko-eps/${name}`)
  const cause =
    others.length > 0
      ? `Cause: node_modules was installed on another system: it contains ${others.join(', ')}. It was copied, or comes from a container image or a cache.`
      : 'Usual cause: optional dependencies were left out, by --omit=optional or --no-optional, or by a package-lock.json or node_modules made on another system (npm then installs the packages for that system).'
  const fix = `Fix: on this system, delete node_modules and package-lock.json and run "npm install", or run "npm install --save-optional ${wanted}@${VERSION}".`
  return [cause, fix]
}

function unbuilt(): string[] {
  const all = PLATFORMS.map((name) => `@eko-eps/${name}`).join(', ')
  return [
    `This version has no package for this system. It has: ${all}.`,
    'Fix: run on one of these systems, or build the module from the sources of eko-eps ("npm run build", needs Rust).',
  ]
}

function broken(wanted: string): string[] {
  return [
    `The package is installed, but its file cannot be loaded. The error of the system is below.`,
    `Usual cause: the file is damaged or was not copied completely, node_modules is on a disk that does not allow programs to run (noexec), or the system is older than Node requires.`,
    `Fix: delete node_modules and run "npm install" again; if the error remains, report a bug in ${wanted} with these lines.`,
  ]
}

/** Creates the error for the platform package of this system if it is missing or does not load. */
export function notLoaded(name: string, failures: NodeJS.ErrnoException[]): Error {
  const wanted = `@eko-eps/${name}`
  const absent = failures[0] === undefined || isMissing(failures[0], wanted)
  const lines = [
    `eko-eps ${VERSION} cannot load its native module.`,
    `This is ${system()}; the package it needs is ${wanted}.`,
  ]
  if (bundled()) lines.push(`${UNSUPPORTED_RUNTIME}.`)
  else if (!absent) lines.push(...broken(wanted))
  else lines.push(...(PLATFORMS.includes(name) ? missing(wanted) : unbuilt()))
  for (const { message } of failures) lines.push(`Tried: ${message.split('\n')[0]}`)
  return Object.assign(new Error(lines.join('\n')), { code: absent ? 'native_missing' : 'native_broken' })
}

/** Creates the error for a native module whose version differs from this package's version. */
export function otherVersion(name: string, found: { version?: string; build?: string }): Error {
  const message = `eko-eps ${VERSION} has found a native module of version ${found.version} for ${process.platform} on ${process.arch} (@eko-eps/${name}, ${found.build ?? 'without a build id'}); both versions must be the same.
Usual cause: only one of the packages eko-eps and @eko-eps/* was updated, or a bundler or cache kept an old file.
Fix: delete node_modules and run "npm install"; in a checkout of the sources, run "npm run build".`
  return Object.assign(new Error(message), { code: 'native_version' })
}
