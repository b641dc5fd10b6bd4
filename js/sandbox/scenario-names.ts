// Names of the documented scenarios of the sandbox.
import type { Op } from '../generated/calls.js'

/** Name of a scenario that every endpoint has. */
export type CommonScenario =
  | 'headerMissing'
  | 'developerKeyWrong'
  | 'signatureWrong'
  | 'timestampWrong'
  | 'timestampUnit'
  | 'forbidden'
  | 'forbiddenPage'
  | 'parameterMissing'
  | 'badRequest'
  | 'initiatorInvalid'
  | 'userNotFound'
  | 'noKeyForResponse'
  | 'agentNotAllowed'
  | 'tryLater'
  | 'routeNotFound'
  | 'methodNotAllowed'
  | 'mediaTypeUnsupported'
  | 'serverError'

/** Names of the other scenarios of each endpoint, by name of the call. */
export interface EndpointScenarios {
  getCustomer: 'otpRequired' | 'notEnrolled' | 'notFound' | 'notFoundById' | 'found'
  onboardCustomer: 'otpRequired' | 'alreadyEnrolled' | 'verificationPending'
  verifyCustomerOtp:
    | 'verified'
    | 'aadhaarRequired'
    | 'panRequired'
    | 'otpWrong'
    | 'otpWrongById'
    | 'otpExpired'
    | 'otpFailed'
    | 'notEnrolled'
    | 'notFound'
  'dmt.getSender': 'found' | 'foundProfile' | 'notFound' | 'notEnrolled' | 'kycRequired' | 'otpRequired'
  'dmt.onboardSender': 'kycRequired' | 'registered' | 'alreadyEnrolled'
  'dmt.ekycSender': 'otpRequired' | 'biometricFailed' | 'bankRefused' | 'notFound'
  'dmt.verifyEkycOtp': 'registered' | 'alreadyRegistered' | 'otpWrong' | 'otpExpired'
  'dmt.getRecipients': 'listed' | 'none' | 'notFound'
  'dmt.addRecipient': 'added' | 'alreadyAdded' | 'notFound'
  'dmt.sendTransactionOtp': 'otpSent' | 'senderLimit' | 'recipientLimit' | 'notFound'
  'dmt.transfer':
    | 'settled'
    | 'pending'
    | 'onHold'
    | 'awaited'
    | 'refundPending'
    | 'refunded'
    | 'otpUsed'
    | 'otpWrong'
    | 'otpExpired'
    | 'insufficientBalance'
    | 'limitExhausted'
  'legacy.getCustomer':
    | 'otpPending'
    | 'otpPendingBare'
    | 'nonKyc'
    | 'kycPending'
    | 'fullKyc'
    | 'nameChangePending'
    | 'partialKyc'
    | 'notFound'
    | 'notFoundOld'
    | 'otpExpired'
  getTransaction: 'settled' | 'declined' | 'pending' | 'refundPending' | 'refunded' | 'notFound' | 'tidUnknown'
  sendRefundOtp: 'otpSent' | 'tidUnknown'
  refund: 'refunded' | 'otpWrong' | 'otpExpired' | 'tidUnknown'
}

/** Name of a documented scenario of an endpoint. */
export type SandboxScenarioName<O extends Op = Op> =
  | CommonScenario
  | (O extends keyof EndpointScenarios ? EndpointScenarios[O] : never)
