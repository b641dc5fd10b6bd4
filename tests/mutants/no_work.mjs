// Mutants of the refusals that prove that EPS did no work.
const free = 'no_work::only_an_own_refusal_before_work_frees_the_reference'
const nothing = 'no_work::what_proves_nothing_frees_nothing'
const alone = 'no_work::each_condition_of_a_refusal_before_work_holds_by_itself'
const codes = 'no_work::the_codes_that_refuse_before_work_are_these'

const proves = (id, to, rule, test = codes) => ({ id, rule, at: '| Code::Internal => ⟦false⟧', to, test })

export const noWork = {
  file: 'src/money/transition/no_work.rs',
  tests: 'money::transition::tests',
  mutants: [
    {
      id: 'refuses-by-409',
      rule: 'HTTP 409 proves nothing',
      at: 'fn refuses(http_status: u16) -> bool {\n    ⟦matches!(http_status, 200..=299 | 400 | 401 | 403 | 404 | 429)⟧',
      to: 'matches!(http_status, 200..=299 | 400 | 401 | 403 | 404 | 409 | 429)',
      test: free,
    },
    {
      id: 'refuses-by-500',
      rule: 'HTTP 5xx proves nothing',
      at: 'view.envelope && !view.aged && ⟦refuses(view.http_status)⟧',
      to: 'true',
      test: free,
    },
    {
      id: 'refusal-of-a-gateway',
      rule: "a gateway's words prove nothing",
      at: '⟦view.envelope⟧ && !view.aged && refuses(view.http_status)',
      to: 'true',
      test: nothing,
    },
    {
      id: 'refusal-of-a-cache',
      rule: 'what a cache has kept proves nothing',
      at: 'view.envelope && ⟦!view.aged⟧ && refuses(view.http_status)',
      to: 'true',
      test: alone,
    },
    {
      id: 'refusal-beside-a-state',
      rule: 'a state beside a refusal shows a transaction',
      at: 'let nothing_beside = ⟦view.tx_status == TxStatus::Nothing⟧',
      to: 'true',
      test: alone,
    },
    {
      id: 'refusal-beside-a-tid',
      rule: 'a tid beside a refusal shows a transaction',
      at: 'view.tx_status == TxStatus::Nothing && ⟦(refund || !view.names_one)⟧',
      to: 'true',
      test: alone,
    },
    {
      id: 'refusal-of-a-refund-names-its-tid',
      rule: 'a refund repeats the tid that was asked for',
      at: '(⟦refund⟧ || !view.names_one)',
      to: 'false',
      test: 'no_work::a_tid_or_a_state_beside_a_refusal_shows_a_transaction',
    },
    {
      id: 'refusal-by-http-alone',
      rule: 'a 404 with status 0 is no refusal',
      at: 'let by_http = ⟦matches!(code, Code::RouteNotFound | Code::RateLimited)⟧ && view.status == Some(0)',
      to: 'false',
      test: nothing,
    },
    {
      id: 'refusal-by-http-and-envelope',
      rule: 'a 404 whose envelope refuses is a refusal',
      at: 'matches!(code, Code::RouteNotFound | Code::RateLimited) && ⟦view.status == Some(0)⟧',
      to: 'true',
      test: free,
    },
    {
      id: 'stamp-was-seen',
      rule: 'a timestamp that was in time may have been seen',
      at: '⟦*code != Code::AuthTimestamp || clock_was_off⟧',
      to: 'true',
      test: 'no_work::a_refused_timestamp_proves_no_work_only_if_the_clock_was_off',
    },
    proves('try-later-proves', 'code == Code::Unavailable', 'try later (460, 461) proves nothing', nothing),
    proves('exists-proves', 'code == Code::AlreadyExists', '"already exists" (17) proves nothing', nothing),
    proves('refused-proves', 'code == Code::Refused', 'a refusal without a reason proves nothing', nothing),
    proves('edge-proves', 'code == Code::EdgeForbidden', 'a 403 of the edge proves nothing'),
    proves('method-proves', 'code == Code::WrongMethodOrType', 'a 405 proves nothing'),
    proves('auth-refused-proves', 'code == Code::AuthRefused', 'a 401 without a reason proves nothing'),
    proves('server-error-proves', 'code == Code::ServerError', 'a server error proves nothing'),
    {
      id: 'wrong-otp',
      rule: 'a wrong OTP stops at the door',
      at: '| Code::RateLimited => ⟦true⟧',
      to: 'code != Code::OtpWrong',
      test: free,
    },
  ],
}
