// The systems that get a prebuilt native package: one entry is one folder in `npm/`, made by `scripts/version.mjs`.

/** glibc of RHEL 7 and of every system on which a Node that we support starts. */
export const GLIBC_FLOOR = '2.17'

const linux = (name, rust, cpu, libc, title) => ({ name, rust, os: 'linux', cpu, libc, title })

/** `macos`: the oldest that Node 20 runs on. `zig`: built by `scripts/prebuild.mjs` on Linux; the other one by the release workflow alone. */
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

/** The target of this name, or an error that lists them. */
export function target(name) {
  const found = TARGETS.find((one) => one.name === name)
  if (found) return found
  throw new Error(`no target is called ${name}; there are: ${TARGETS.map((one) => one.name).join(', ')}`)
}

/** What cargo calls the library that it builds. */
export function library({ os }) {
  return { darwin: 'libeko_eps.dylib', win32: 'eko_eps.dll' }[os] ?? 'libeko_eps.so'
}

/** What scripts/prepack.mjs puts beside the module. */
export const LICENSES = ['LICENSE-APACHE', 'LICENSE-MIT', 'THIRD-PARTY-LICENSES.txt']

/** The manifest of a platform package: everything in it follows from the target, and from the root's manifest. */
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
