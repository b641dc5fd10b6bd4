/**
 * Systems for which a prebuilt native package exists. Its name is `@eko-eps/` and the system. `scripts/version.mjs`
 * updates the list.
 */
export const PLATFORMS: readonly string[] = [
  'linux-x64-gnu',
  'linux-arm64-gnu',
  'linux-x64-musl',
  'linux-arm64-musl',
  'linux-arm-gnueabihf',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
]
