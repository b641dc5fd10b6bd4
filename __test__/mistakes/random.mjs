// Makes each mistake with 1,000 random keys. The doctor must name this mistake and no other, find nothing wrong in the
// right values, and repeat no key. The tests are in two parts because they hash a lot.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnose } from 'eko-eps/doctor'
import { caseOf, generator, MISTAKES, rightFor } from './mistakes.mjs'

const SEED = Number(process.env.DOCTOR_SEED ?? 20261122)
const KEYS = 1000

const named = ({ findings }) => findings.map(({ code, about }) => `${about}: ${code}`)

/** Checks that the diagnosis contains no form of the key. */
function assertSilent(diagnosis, { key, developerKey }) {
  const text = JSON.stringify(diagnosis)
  for (const secret of [key, Buffer.from(key).toString('base64'), Buffer.from(key).toString('hex'), developerKey])
    assert.ok(!text.includes(JSON.stringify(secret).slice(1, -1)), 'a key is repeated')
}

/** The ways to make each mistake, by its subject and code. */
const ways = new Map()
for (const way of MISTAKES) {
  const name = `${way.about}: ${way.code}`
  ways.set(name, [...(ways.get(name) ?? []), way])
}

/** Makes the tests of one of the parts. */
export function part(number, parts) {
  let cases = 0
  for (const [index, [name, makers]] of [...ways].entries()) {
    if (index % parts !== number) continue
    test(`${KEYS} random keys: ${name}, made in ${makers.length} ways`, () => {
      const random = generator(SEED + index)
      let seen = 0
      // A mistake that changes nothing, such as lost padding where there is none, must not be reported.
      for (let round = 0; seen < KEYS && round < 50 * KEYS; round += 1) {
        const { make, shape } = makers[round % makers.length]
        const at = caseOf(random, shape)
        const right = rightFor(at)
        const specimen = { accessKey: at.key, developerKey: at.developerKey, timestamp: at.stamp, ...make(at) }
        const harmless =
          specimen.timestamp === at.stamp &&
          specimen.accessKey === at.key &&
          specimen.now === undefined &&
          specimen.usedTimestamps === undefined &&
          (specimen.secretKey ?? right.secretKey) === right.secretKey &&
          (specimen.requestHash?.value ?? right.requestHash) === right.requestHash
        const diagnosis = diagnose(specimen)
        assertSilent(diagnosis, at)
        const expected = harmless ? [] : [name]
        assert.deepEqual(
          named(diagnosis),
          expected,
          `seed ${SEED + index}, round ${round}: ${JSON.stringify(specimen)}`,
        )
        if (!harmless) seen += 1
      }
      assert.equal(seen, KEYS)
      cases += seen
    })
  }

  test(`${KEYS} random keys: nothing is wrong with what is right`, () => {
    const random = generator(SEED - 1 - number)
    for (let round = 0; round < KEYS; round += 1) {
      const at = caseOf(random)
      const { secretKey, requestHash } = rightFor(at)
      const specimen = { accessKey: at.key, developerKey: at.developerKey, timestamp: at.stamp, secretKey }
      const whole = {
        ...specimen,
        requestHash: { value: requestHash, parts: at.parts },
        now: Number(at.stamp) + random(120_000),
      }
      const { ok, expected } = diagnose(whole)
      assert.ok(ok, JSON.stringify(whole))
      assert.deepEqual(expected, { timestamp: at.stamp, secretKey, requestHash })
    }
    console.log(`seed ${SEED}: ${cases} wrong signatures named, ${KEYS} right ones cleared`)
  })
}
