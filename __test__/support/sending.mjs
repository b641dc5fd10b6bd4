// Sends a request that an example has signed to a sandbox, which must accept it.
import assert from 'node:assert/strict'

/** Runs `work` with keys, an address and a `fetch` that keeps the answer. */
export async function sending(sandbox, eko, work) {
  const { accessKey, developerKey } = sandbox.credentials
  const { url } = eko.prepare('getCustomer', { customerId: '9444444444' })
  const answers = []
  const keeping = async (...args) => {
    const answer = await fetch(...args)
    answers.push(answer)
    return answer
  }
  await work({ accessKey, developerKey, url, fetch: keeping })
  assert.equal(answers.length, 1)
  assert.equal(answers[0].status, 200)
  // A wrong signature gets 401. A right one gets the answer that the customer is not enrolled.
  assert.equal((await answers[0].json()).status, 308)
}
