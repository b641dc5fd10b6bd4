// Systems with a prebuilt native package. Each entry has a folder in `npm/`, which `scripts/version.mjs` creates.

/**
 * Oldest glibc on which the native modules run. It is the glibc of RHEL 7, and every system that can start a supported
 * Node has it or a newer one.
 */
export const GLIBC_FLOOR = '2.17'

const linux = (name, rust, cpu, libc, title) => ({ name, rust, os: 'linux', cpu, libc, title })

/**
 * All systems. `macos` is the oldest macOS on which Node 20 runs. `zig` is true if `scripts/prebuild.mjs` builds the
 * module on Linux. Otherwise, only the release workflow builds it.
 */
export const TARGETS = [
  { ...linux('linux-x64-gnu', 'x86_64-unknown-linux-gnu', 'x64', 'glibc', 'Linux on x64 with glibc'), zig: true },
  {
    ...linux('linux-arm64-gnu', 'aarch64-unknown-linux-gnu', 'arm64', 'glibc', 'Linux on arm64 with glibc'),
    zig: true,
  },
  { ...linux('linux-x64-musl', 'x86_64-unknown-linux-musl', 'x64', 'musl', 'Linux on x64 with musl'), zig: true },
  {
    ...linux('linux-arm64-musl', 'aarch64-unknown-linux-musl', 'arm64', 'musl', 'Linux on arm64 with musl'),
    zig: true,
  },
  {
    ...linux('linux-arm-gnueabihf', 'armv7-unknown-linux-gnueabihf', 'arm', 'glibc', 'Linux on armv7 with glibc'),
    zig: true,
  },
  {
    name: 'darwin-x64',
    rust: 'x86_64-apple-darwin',
    os: 'darwin',
    cpu: 'x64',
    macos: '10.15',
    title: 'macOS on x64',
    zig: true,
  },
  {
    name: 'darwin-arm64',
    rust: 'aarch64-apple-darwin',
    os: 'darwin',
    cpu: 'arm64',
    macos: '11.0',
    title: 'macOS on arm64',
    zig: true,
  },
  {
    name: 'win32-x64-msvc',
    rust: 'x86_64-pc-windows-msvc',
    os: 'win32',
    cpu: 'x64',
    title: 'Windows on x64',
    zig: false,
  },
]

/** Returns the target with this name. Throws an error that lists all names if there is none. */
export function target(name) {
  const found = TARGETS.find((one) => one.name === name)
  if (found) return found
  throw new Error(`no target is called ${name}; there are: ${TARGETS.map((one) => one.name).join(', ')}`)
}

/** Returns the name of the library file that cargo builds. */
export function library({ os }) {
  return { darwin: 'libeko_eps.dylib', win32: 'eko_eps.dll' }[os] ?? 'libeko_eps.so'
}

/** Licence files that scripts/prepack.mjs puts beside the module. */
export const LICENSES = ['LICENSE-APACHE', 'LICENSE-MIT', 'THIRD-PARTY-LICENSES.txt']

/** Returns the manifest (package.json) of a platform package. It depends only on the target and the main manifest. */
export function manifest({ name, os, cpu, libc, title }, root) {
  const file = `eko-eps.${name}.node`
  return {
    name: `@eko-eps/${name}`,
    version: root.version,
    description: `The native module of eko-eps for ${title}; eko-eps installs it by itself`,
    license: root.license,
    ...(root.repository ? { repository: root.repository } : {}),
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
    engines: root.engines,
    main: file,
    files: [file, ...LICENSES],
    scripts: { prepack: `node ../../scripts/prepack.mjs ${name}` },
  }
}
