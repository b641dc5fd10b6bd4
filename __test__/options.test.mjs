// Tests of the client's options: the error for each mistake names the option, the rule and the fix, and nothing is
// sent.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EkoClient, EkoValidationError } from 'eko-eps'

const keys = { developerKey: 'developer', accessKey: 'access' }

function refuses(name, make, message) {
  test(name, () => {
    assert.throws(make, (error) => {
      assert.ok(error instanceof EkoValidationError, String(error))
      assert.equal(error.code, 'invalid_config')
      assert.equal(error.name, 'EkoValidationError')
      assert.match(error.message, message)
      assert.equal(typeof error.action, 'string')
      return true
    })
  })
}

const client = (options) => () => new EkoClient(options)

refuses('no options', client(undefined), /EkoClient takes an object of options/)
refuses('an unknown option', client({ ...keys, environment: 'uat', acessKey: 'x' }), /did you mean accessKey\?/)
refuses('the wire name of an option', client({ developer_key: 'x' }), /did you mean developerKey\?/)
refuses('an option of no likeness', client({ ...keys, environment: 'uat', timeout: 1 }), /"timeout" is not an option/)
refuses('no developer key', client({ accessKey: 'a', environment: 'uat' }), /developerKey/)
refuses('an empty developer key', client({ ...keys, developerKey: '', environment: 'uat' }), /developerKey is empty/)
refuses(
  'a developer key of a wrong type',
  client({ ...keys, developerKey: 7, environment: 'uat' }),
  /developerKey must be text/,
)
for (const bad of ['a\rb', 'a\nb', 'a b', 'schlüssel', ' lead']) {
  refuses(
    `developer key ${JSON.stringify(bad)}`,
    client({ ...keys, developerKey: bad, environment: 'uat' }),
    /developerKey/,
  )
}
refuses('a NUL in the developer key', client({ ...keys, developerKey: 'a\0', environment: 'uat' }), /developerKey.*NUL/)
refuses('a NUL in the access key', client({ ...keys, accessKey: 'a\0', environment: 'uat' }), /accessKey.*NUL/)
for (const name of ['developerKey', 'userCode', 'initiatorId', 'baseUrl', 'ca', 'proxy', 'stampFolder', 'journal'])
  refuses(`a lone surrogate in ${name}`, client({ ...keys, [name]: 'a\ud800' }), new RegExp(`^${name}.*lone surrogate`))
refuses('a lone surrogate in a call name', client({ ...keys, knownReferences: { '\udc00': 'REF' } }), /lone surrogate/)
refuses(
  'a lone surrogate in a reference',
  client({ ...keys, knownReferences: { 'dmt.transfer': '\udc00' } }),
  /knownReferences.*lone surrogate/,
)
for (const [name, odd] of Object.entries({ list: [], Map: new Map(), Date: new Date() })) {
  refuses(`a ${name} as options`, client(odd), /EkoClient takes an object of options/)
  refuses(`a ${name} as schedule`, client({ ...keys, schedule: odd }), /schedule takes an object of options/)
  refuses(
    `a ${name} as knownReferences`,
    client({ ...keys, knownReferences: odd }),
    /knownReferences must be an object/,
  )
}
refuses(
  'a number beyond 2^53',
  client({ ...keys, maxDebits: 2 ** 53 }),
  /maxDebits must be .* at most 9007199254740991/,
)
refuses(
  'an access key of 6,145 characters',
  client({ ...keys, accessKey: 'a'.repeat(6_145), environment: 'uat' }),
  /accessKey must have at most 6144 characters/,
)
refuses('an empty access key', client({ ...keys, accessKey: '', environment: 'uat' }), /accessKey is empty/)
refuses('no access key', client({ developerKey: 'd', environment: 'uat' }), /accessKey is missing/)
refuses('two access keys', client({ ...keys, accessKeyFile: '/x', environment: 'uat' }), /both given/)
refuses('no environment', client(keys), /environment is missing/)
refuses('environment and baseUrl', client({ ...keys, environment: 'uat', baseUrl: 'https://x/v3' }), /both given/)
refuses('an unknown environment', client({ ...keys, environment: 'prod' }), /'uat' or 'production'/)
refuses('a baseUrl without TLS', client({ ...keys, baseUrl: 'http://relay.example/v3' }), /baseUrl must be https/)
refuses(
  'a baseUrl with credentials',
  client({ ...keys, baseUrl: 'https://u:p@relay.example/v3' }),
  /baseUrl must not contain a user name/,
)
refuses('a baseUrl with a fragment', client({ ...keys, baseUrl: 'https://relay.example/v3#x' }), /fragment/)
refuses('a baseUrl that is no address', client({ ...keys, baseUrl: 'relay' }), /baseUrl must be a URL/)
refuses(
  'an initiatorId of 9 digits',
  client({ ...keys, environment: 'uat', initiatorId: '996298172' }),
  /initiatorId.*10 digits/,
)
refuses(
  'a numeric initiatorId',
  client({ ...keys, environment: 'uat', initiatorId: 9962981729 }),
  /initiatorId must be text/,
)
for (const bad of [0, -1, 1.5, Number.NaN, '100', 1e12]) {
  refuses(
    `deadlineMs ${bad}`,
    client({ ...keys, environment: 'uat', deadlineMs: bad }),
    /deadlineMs must be a whole number/,
  )
}
refuses('a ca that is no certificate', client({ ...keys, environment: 'uat', ca: 'nonsense' }), /ca/)
refuses('a proxy that is no address', client({ ...keys, environment: 'uat', proxy: '::' }), /proxy/)

test('accepts http on loopback and treats undefined as absent', () => {
  for (const host of ['127.0.0.1:9', 'localhost:9', '[::1]:9']) {
    assert.ok(new EkoClient({ ...keys, baseUrl: `http://${host}/ekoapi/v3`, environment: undefined, proxy: undefined }))
  }
})

test('docs/guides/options.md has all options and schedule members', () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')
  const members = (text, name) =>
    [...new RegExp(`interface ${name} .*\\{([\\s\\S]*?)^\\}`, 'm').exec(text)[1].matchAll(/^ {2}(\w+)\??:/gm)].map(
      ([, m]) => m,
    )
  const listed = [...read('../docs/guides/options.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  const options = [
    ...members(read('../js/client/options.ts'), 'EkoClientOptions'),
    ...members(read('../js/money/money-options.ts'), 'MoneyClientOptions'),
  ]
  assert.ok(options.length >= 19)
  assert.deepEqual(listed.sort(), [...options, ...members(read('../js/money/store-types.ts'), 'ScheduleOption')].sort())
})

test('a toJSON of an option changes nothing', async () => {
  const odd = { toJSON: () => 'odd', enumerable: false }
  const schedule = Object.defineProperty({ slowMs: 60_000 }, 'toJSON', odd)
  const knownReferences = Object.defineProperty({ 'dmt.transfer': 'REF-1' }, 'toJSON', odd)
  await new EkoClient({ ...keys, baseUrl: 'http://127.0.0.1:1/ekoapi/v3', schedule, knownReferences }).close()
})

test('the namespace of a module is an object of options', async () => {
  const source = `export const developerKey = 'd', accessKey = 'a', baseUrl = 'http://127.0.0.1:1/ekoapi/v3'`
  await new EkoClient(await import(`data:text/javascript,${encodeURIComponent(source)}`)).close()
})
