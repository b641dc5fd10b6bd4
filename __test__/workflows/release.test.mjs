// Tests that a release carries all that shows its users where it comes from, and that these tests notice if one part is
// missing.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { at } from '../../scripts/paths.mjs'

const files = {
  workflow: readFileSync(at('.github', 'workflows', 'release.yml'), 'utf8'),
  script: readFileSync(at('scripts', 'release.mjs'), 'utf8'),
}

/** Returns the code of one function, without its comments. */
function body(script, name) {
  const [code = ''] = new RegExp(`^(async )?function ${name}\\([\\s\\S]*?^}`, 'm').exec(script) ?? []
  return code.replace(/^\s*\/\/.*$/gm, '')
}

/** Returns what is missing from a release with this workflow and script. */
function missing({ workflow, script }) {
  const { permissions, steps } = parse(workflow).jobs.publish
  const step = (wanted) => steps.findIndex(({ run = '', uses = '' }) => wanted.test(`${run}${uses}`))
  const packed = step(/^node scripts\/release\.mjs pack$/m)
  const attested = step(/^actions\/attest-build-provenance@/)
  const published = step(/^node scripts\/release\.mjs publish$/m)
  const released = step(/^gh release create "\$GITHUB_REF_NAME" release\/\* /m)
  const pack = [...body(script, 'pack').matchAll(/^ {2}(?:await )?(\w+)\(/gm)].map(([, name]) => name)
  const rules = {
    'the tarballs': pack.includes('tarballs') && packed >= 0,
    'the SBOM of npm': pack.includes('npmSbom') && /\.npm\.cdx\.json`/.test(body(script, 'npmSbom')),
    'the SBOM of the crates': pack.includes('nativeSbom') && /\.native\.cdx\.json`/.test(body(script, 'nativeSbom')),
    'the checksums, of all the rest':
      pack.at(-1) === 'checksums' &&
      /createHash\('sha256'\)[\s\S]*at\('release', 'SHA256SUMS'\)/.test(body(script, 'checksums')),
    "npm's provenance": /'publish',[^\]]*'--provenance'/.test(body(script, 'publish')),
    'the right to attest': permissions['id-token'] === 'write' && permissions.attestations === 'write',
    'the attestation of all files, before they go out':
      steps[attested]?.with['subject-path'] === 'release/*' && attested > packed && attested < published,
    'the files beside the release': released > published && published >= 0,
  }
  return Object.keys(rules).filter((name) => !rules[name])
}

test('a release has provenance, attestations, SBOMs and checksums', () => assert.deepEqual(missing(files), []))

/** Changes: the file, the removed text, its replacement, and what is then missing. */
const MUTATIONS = [
  ['script', ", '--provenance'", '', "npm's provenance"],
  ['script', "'--provenance'", "'--provenance=false'", "npm's provenance"],
  ['script', '  await tarballs(', '  // await tarballs(', 'the tarballs'],
  ['script', '  await npmSbom()\n', '', 'the SBOM of npm'],
  ['script', '  await nativeSbom()\n', '', 'the SBOM of the crates'],
  ['script', '  checksums()\n', '', 'the checksums, of all the rest'],
  [
    'script',
    '  await npmSbom()\n  await nativeSbom()\n  checksums()',
    '  checksums()\n  await npmSbom()',
    'the checksums',
  ],
  ['script', "createHash('sha256')", "createHash('md5')", 'the checksums, of all the rest'],
  ['script', "'SHA256SUMS'", "'SUMS'", 'the checksums, of all the rest'],
  ['workflow', 'actions/attest-build-provenance@', 'actions/nothing@', 'the attestation of all files'],
  ['workflow', 'subject-path: release/*', 'subject-path: release/*.tgz', 'the attestation of all files'],
  ['workflow', 'attestations: write', 'attestations: read', 'the right to attest'],
  ['workflow', 'id-token: write', 'id-token: none', 'the right to attest'],
  ['workflow', '          node scripts/release.mjs pack', '          npm pack', 'the tarballs'],
  ['workflow', '"$GITHUB_REF_NAME" release/* ', '"$GITHUB_REF_NAME" ', 'the files beside the release'],
]

for (const [file, from, to, what] of MUTATIONS) {
  test(`${file} without ${what} is noticed`, () => {
    assert.equal(files[file].split(from).length, 2, `it stands once in the ${file}`)
    const found = missing({ ...files, [file]: files[file].replace(from, to) })
    assert.ok(
      found.some((name) => name.startsWith(what)),
      `missing: ${found.join(', ') || 'nothing'}`,
    )
  })
}
