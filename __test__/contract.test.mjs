// Tests of the five calls against a plain server. Its requests are compared with the specification pages, and its
// answers are fixed.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { EkoClient } from 'eko-eps'
import { KEYS, serve } from './support/server.mjs'

const OTP_REF_ID = 'IXrygqm0vTNbN35Lp5AfcbP69ifPhQ1Ee3u74AHY5fA9aMp2d94Yii3g+9fOBmbMsVTuaEQpDOEateP4tSTkQw=='
const QUERY = '?initiator_id=9962981729&user_code=20810200'
const CALLER = { initiator_id: '9962981729', user_code: '20810200' }

const PROFILE = {
  total_monthly_limit: '50000.0',
  mobile: '9444444444',
  kyc_id: '',
  ekyc_enabled: 0,
  kyc_validity: 'null',
  kyc_remark: '',
  kyc_type: '',
  balance: '2.20834002375E9',
  next_allowed_limit: '5287.0',
  name: 'Asha Rao',
  digital_ekyc: 1,
  chart: [{ data_type_id: 10, data: { unavailable: 0, used: 44713, remaining: 5287 }, label: '' }],
  email: '',
  kyc_state: 0,
}

/** Makes a call that gets this answer. Returns the result or error, and the requests that the server got. */
async function against(body, call, status = 200) {
  const server = await serve((request, text) => (typeof body === 'function' ? body(request, text) : body), status)
  const eko = new EkoClient({ ...KEYS, baseUrl: server.baseUrl })
  try {
    const result = await call(eko).then(
      (value) => ({ value }),
      (error) => ({ error }),
    )
    return { ...result, requests: server.requests }
  } finally {
    await eko.close()
    await server.close()
  }
}

function signature(timestamp) {
  const key = Buffer.from(KEYS.accessKey).toString('base64')
  return createHmac('sha256', key).update(timestamp).digest('base64')
}

function assertSigned({ headers }) {
  assert.equal(headers.developer_key, KEYS.developerKey)
  assert.match(headers['secret-key-timestamp'], /^\d{13}$/)
  assert.ok(Math.abs(Number(headers['secret-key-timestamp']) - Date.now()) < 60_000)
  assert.equal(headers['secret-key'], signature(headers['secret-key-timestamp']))
  const names = Object.keys(headers).filter(
    (name) => !['host', 'accept', 'accept-encoding', 'connection', 'content-length'].includes(name),
  )
  assert.deepEqual(names.sort(), ['content-type', 'developer_key', 'secret-key', 'secret-key-timestamp'])
}

const otpSent = {
  response_status_id: 1,
  data: { intent_id: 19, kyc_request_id: '', otp_ref_id: OTP_REF_ID },
  response_type_id: 2129,
  message: 'Validate the OTP',
  status: 2129,
}

test('getCustomer sends what the page says', async () => {
  const { value, requests } = await against(otpSent, (eko) => eko.getCustomer({ customerId: '9444444444' }))
  assert.equal(value.outcome, 'otpRequired')
  assert.equal(value.otpRefId, OTP_REF_ID)
  assert.equal(value.intentId, 19)
  assert.equal('kycRequestId' in value, false)
  assert.equal(value.next, 'verifyCustomerOtp')
  assert.equal(value.meta.status, 2129)
  assert.equal(value.raw, JSON.stringify(otpSent))
  assert.equal(requests[0].method, 'GET')
  assert.equal(requests[0].url, `/ekoapi/v3/customer/profile/9444444444${QUERY}`)
  assert.equal(requests[0].headers['content-type'], 'application/json')
  assert.equal(requests[0].body, '')
  assertSigned(requests[0])
})

test('onboardCustomer sends what the page says', async () => {
  const residenceAddress = ['123 MG Road', 'Bangalore', 'Karnataka', '560001']
  const params = {
    customerId: '9444444444',
    name: 'Karan Garg',
    dob: '1990-05-15',
    residenceAddress,
    clientRefId: 'REQ-20260101-001',
  }
  const { value, requests } = await against(otpSent, (eko) => eko.onboardCustomer(params))
  assert.equal(value.outcome, 'otpRequired')
  assert.equal(value.meta.clientRefId, 'REQ-20260101-001')
  assert.equal(requests[0].method, 'POST')
  assert.equal(requests[0].url, '/ekoapi/v3/customer/account/9444444444')
  const wanted = {
    ...CALLER,
    client_ref_id: 'REQ-20260101-001',
    name: 'Karan Garg',
    dob: '1990-05-15',
    residence_address: residenceAddress,
  }
  assert.equal(requests[0].body, JSON.stringify(wanted))
  assertSigned(requests[0])
})

test('verifyCustomerOtp sends numbers and keeps leading zeros', async () => {
  const verified = { response_status_id: -1, data: { customer_profile: PROFILE }, response_type_id: 309, status: 0 }
  const customerId = '9444444444'
  const page = { customerId, otp: '123456', otpRefId: '66748392', clientRefId: 'REQ-20260101-001' }
  const { requests } = await against(verified, (eko) => eko.verifyCustomerOtp(page))
  assert.equal(requests[0].url, '/ekoapi/v3/customer/account/9444444444/otp/verify')
  assert.equal(
    requests[0].body,
    JSON.stringify({ ...CALLER, client_ref_id: 'REQ-20260101-001', otp: 123456, otp_ref_id: 66748392 }),
  )

  const real = { customerId, otp: '004217', otpRefId: OTP_REF_ID }
  const second = await against(verified, (eko) => eko.verifyCustomerOtp(real))
  const body = JSON.parse(second.requests[0].body)
  assert.match(body.client_ref_id, /^[A-Za-z0-9_-]{1,20}$/)
  assert.equal(second.value.meta.clientRefId, body.client_ref_id)
  assert.deepEqual({ otp: body.otp, otp_ref_id: body.otp_ref_id }, { otp: '004217', otp_ref_id: OTP_REF_ID })
})

test('dmt.getSender and legacy.getCustomer send what the pages say', async () => {
  const found = { status: 0, response_status_id: 0, response_type_id: 1388, data: { customer_id: '9123456789' } }
  const dmt = await against(found, (eko) => eko.dmt.getSender({ customerId: '9123456789' }))
  assert.equal(dmt.requests[0].url, `/ekoapi/v3/customer/payment/dmt-fino/sender/9123456789${QUERY}`)
  assertSigned(dmt.requests[0])
  const legacy = await against(found, (eko) => eko.legacy.getCustomer({ customerId: '9876543210' }))
  assert.equal(legacy.requests[0].url, `/ekoapi/v2/customers/mobile_number:9876543210${QUERY}`)
  assert.equal(legacy.requests[0].headers['content-type'], 'application/x-www-form-urlencoded')
  assertSigned(legacy.requests[0])
})

/** Returns all values of a JSON answer that carry information, each with its name and as canonical text. */
function leaves(value, name = '', out = []) {
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) leaves(inner, Array.isArray(value) ? name : key, out)
  } else if (value !== null && value !== '' && value !== 'null') {
    out.push([name, canonical(value)])
  }
  return out
}

function canonical(value) {
  const text = String(value)
  return /^-?\d+(\.\d+)?(E\d+)?$/.test(text) && !/^0\d/.test(text) && text.length < 17 ? String(Number(text)) : text
}

/** Returns the values of an outcome in the same way; a flag counts in both of its spellings. */
function reached(outcome) {
  const { meta, ...rest } = outcome
  const found = new Set()
  for (const [, text] of leaves(rest)) {
    found.add(text)
    if (text === 'true') found.add('1')
    if (text === 'false') found.add('0')
  }
  return found
}

test('every leaf of the example answers can be reached', async () => {
  const answers = [
    [otpSent, (eko) => eko.getCustomer({ customerId: '9444444444' })],
    [
      {
        response_status_id: -1,
        data: {
          customer_profile: { ...PROFILE, kyc_id: 'K-7', kyc_remark: 'fine', kyc_type: 'min', email: 'a@example.in' },
          id_proof_type_id: '3',
          is_registered: 0,
          id_proof: 'P-1',
          otpOptionalSum: '101.5',
          sender_name: 'Asha R',
          otpNotRequiredSum: '102',
          ekyc_enabled: '',
          otpNotRequiredSumNeft: '103',
          next_allowed_limit: 5288,
          account: 1234567890123456789n,
          kyc_state: 2,
          otpOptionalSumNeft: '104',
        },
        response_type_id: 309,
        message: 'Success!',
        status: 0,
      },
      (eko) => eko.verifyCustomerOtp({ customerId: '9444444444', otp: '123456', otpRefId: '1' }),
    ],
    [
      {
        status: 0,
        response_status_id: 0,
        response_type_id: 1388,
        data: {
          customer_id: '9123456789',
          name: 'Asha Rao',
          dob: '1990-05-15',
          kyc_verified: true,
          available_limit: 24001,
          used_limit: 999,
          monthly_limit: 25000,
          state: 10,
        },
      },
      (eko) => eko.dmt.getSender({ customerId: '9123456789' }),
    ],
    [
      {
        status: 0,
        response_status_id: -1,
        response_type_id: 309,
        data: { is_registered: 0, next_allowed_limit: 24002, kyc_state: 7, customer_profile: PROFILE },
      },
      (eko) => eko.dmt.getSender({ customerId: '9123456789' }),
    ],
    [
      {
        status: 0,
        response_status_id: 0,
        response_type_id: 33,
        data: {
          customer_id_type: 'mobile_number',
          bc_available_limit: 35000.5,
          mobile: '9876543210',
          used_limit: 15000.0,
          total_limit: 50000.0,
          available_limit: 35001.0,
          balance: '0.0',
          state_desc: 'Non-Kyc',
          name: 'Asha Rao',
          limit: [
            {
              name: 'BC_Pipe4',
              pipe: '11',
              used: '12.0',
              priority: 2,
              remaining: '24000.0',
              status: '1',
              is_registered: 1,
            },
          ],
          currency: 'INR',
          state: '2',
          wallet_available_limit: 1.0,
          customer_id: '9876543210',
        },
      },
      (eko) => eko.legacy.getCustomer({ customerId: '9876543210' }),
    ],
  ]
  let count = 0
  for (const [answer, call] of answers) {
    // JSON.stringify cannot write a BigInt, so its digits are inserted as they are.
    const text = JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? `#${value}#` : value)).replace(
      /"#(\d+)#"/g,
      '$1',
    )
    const { value, error } = await against({ text }, call)
    assert.equal(error, undefined)
    const have = reached(value)
    for (const [name, leaf] of leaves(answer.data)) {
      count += 1
      assert.ok(have.has(leaf), `${name} = ${leaf} is not in ${JSON.stringify(value)}`)
    }
  }
  assert.ok(count > 60, `${count} leaves`)
})

test('values are exact and typed', async () => {
  const data = {
    customer_profile: PROFILE,
    account: 'null',
    is_registered: '1',
    next_allowed_limit: 5287,
    kyc_state: '1',
  }
  const answer = { response_status_id: -1, data, response_type_id: 309, status: 0 }
  const params = { customerId: '9444444444', otp: '123456', otpRefId: '1' }
  const { value } = await against(answer, (eko) => eko.verifyCustomerOtp(params))
  assert.equal(value.customer.nextAllowedLimit, '5287')
  assert.equal(value.nextAllowedLimit, '5287')
  assert.equal(value.customer.balance, '2208340023.75')
  assert.equal(value.customer.totalMonthlyLimit, '50000')
  assert.equal(value.isRegistered, true)
  assert.equal(value.kycState, 1)
  for (const name of ['kycId', 'kycValidity', 'email']) assert.equal(name in value.customer, false)
  assert.equal('account' in value, false)
  assert.equal(value.customer.chart[0].data.used, '44713')
})

test('each state and step has its outcome', async () => {
  const verify = (eko) => eko.verifyCustomerOtp({ customerId: '9444444444', otp: '123456', otpRefId: '1' })
  const get = (eko) => eko.getCustomer({ customerId: '9444444444' })
  const onboard = (eko) =>
    eko.onboardCustomer({ customerId: '9444444444', name: 'Asha Rao', dob: '1990-05-15', residenceAddress: ['x'] })
  const sender = (eko) => eko.dmt.getSender({ customerId: '9444444444' })
  const legacy = (eko) => eko.legacy.getCustomer({ customerId: '9444444444' })
  const cases = [
    [get, { status: 308, response_status_id: 1, response_type_id: 308, data: { sender_name: '' } }, 'notEnrolled'],
    [
      get,
      { status: 463, response_status_id: 1, response_type_id: -1, invalid_params: { customer_id: 'x' } },
      'notEnrolled',
    ],
    [get, { status: 1, response_status_id: 463, response_type_id: 1388 }, 'notEnrolled'],
    [get, { status: 0, response_status_id: -1, response_type_id: 309, data: { customer_profile: PROFILE } }, 'found'],
    [get, { status: 0, response_status_id: 0, response_type_id: 98765, data: { x_y: 1 } }, 'other'],
    [onboard, { status: 17, response_status_id: 1, message: 'exists' }, 'alreadyEnrolled'],
    [verify, { status: 2136, response_status_id: 1, response_type_id: 2136 }, 'aadhaarRequired'],
    [verify, { status: 0, response_status_id: 0, response_type_id: 2147, data: { application_id: '' } }, 'panRequired'],
    [sender, { status: 0, response_status_id: 0, response_type_id: 2134, data: { otp_ref_id: '' } }, 'kycRequired'],
    [sender, { status: 308, response_status_id: 1, response_type_id: 308, data: {} }, 'notEnrolled'],
    [sender, { status: 1, response_status_id: 463, response_type_id: 1388, data: {} }, 'notEnrolled'],
    [legacy, { status: 463, response_status_id: 1, response_type_id: -1 }, 'notEnrolled'],
  ]
  for (const [call, answer, tag] of cases) {
    const { value, error } = await against(answer, call)
    assert.equal(value?.outcome, tag, `${JSON.stringify(answer)}: ${error}`)
  }
  for (const state of [1, 2, 3, 4, 5, 8]) {
    const { value } = await against({ status: 0, response_type_id: 33, data: { state: String(state) } }, legacy)
    assert.equal(value.customer.state, state)
  }
  const { value } = await against({ status: 327, response_status_id: 1, message: 'pending' }, legacy)
  assert.deepEqual([value.outcome, value.customer.state], ['found', 1])
})

test('refusals reject with their class and code', async () => {
  const cases = [
    [{ status: 302, response_status_id: 1, message: 'Wrong OTP' }, 200, 'EkoOtpError', 'otp.wrong'],
    [{ status: 303, response_status_id: 1, message: 'expired' }, 200, 'EkoOtpError', 'otp.expired'],
    [{ status: 2483, response_type_id: 2483, response_status_id: 1 }, 401, 'EkoAuthError', 'auth.developer_key'],
    [{ status: 2484, response_type_id: 2484, response_status_id: 1 }, 403, 'EkoAuthError', 'auth.signature'],
    [{ status: 2485, response_type_id: 2485, response_status_id: 1 }, 401, 'EkoAuthError', 'auth.timestamp'],
    [{ status: 2486, response_type_id: 2486, response_status_id: 1 }, 401, 'EkoAuthError', 'auth.timestamp_unit'],
    [{ status: 2487, response_type_id: 2487, response_status_id: 1 }, 401, 'EkoAuthError', 'auth.header_missing'],
    [
      { status: 319, response_status_id: 1, response_type_id: -1, invalid_params: { initiator_id: 'bad' } },
      200,
      'EkoValidationError',
      'invalid_params',
    ],
    [{ status: 5999, response_status_id: 1, message: 'Something new' }, 200, 'EkoRefusedError', 'refused'],
    [{ message: 'slow down' }, 429, 'EkoRateLimitError', 'rate_limited'],
    [{ message: 'gateway' }, 502, 'EkoTransportError', 'http.server_error'],
  ]
  for (const [answer, status, name, code] of cases) {
    const { error } = await against(
      answer,
      (eko) => eko.getCustomer({ customerId: '9444444444' }, { deadlineMs: 900 }),
      status,
    )
    assert.deepEqual([error?.name, error?.code], [name, code])
    assert.equal(error.meta.httpStatus, status)
    assert.ok(error.message.length > 30 && error.attempts.length > 0)
    if (answer.message === 'Something new') assert.match(error.message, /Something new/)
    if (answer.invalid_params) assert.deepEqual({ ...error.invalidParams }, { initiatorId: 'bad' })
  }
})
