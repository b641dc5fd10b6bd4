// Mutants of how an answer is read: states, and signs that EPS has the debit.
const file = 'src/money/transition/says.rs'
const tests = 'money::transition::tests'
const table = 'table::a_body_gives_the_same_state_whichever_way_it_came'

export const saysOfStates = {
  file,
  tests,
  mutants: [
    {
      id: 'unclear-state',
      rule: 'a state that is no number is one in flight',
      at: 'TxStatus::Unclear | TxStatus::TwoStates => ⟦Some(State::Pending)⟧',
      to: 'None',
      test: table,
    },
    {
      id: 'tid-without-state',
      rule: 'a tid without a state is a sign, and is kept',
      at: 'StatedState::Nothing if ⟦tid.is_some()⟧',
      to: 'false',
      test: table,
    },
    {
      id: 'success-without-reference',
      rule: 'a success that repeats nothing is no sign',
      at: 'view.status == Some(0) && ⟦view.client_ref_id != EchoedValue::Absent⟧',
      to: 'true',
      test: table,
    },
    {
      id: 'success-with-reference',
      rule: 'a success that repeats our reference is a sign',
      at: 'StatedState::Nothing if view.ok && ⟦view.status == Some(0)⟧ && view.client_ref_id',
      to: 'false',
      test: 'silence::any_sign_of_life_ends_the_inference_for_good',
    },
    {
      id: 'deep-sign',
      rule: 'a tid in a place that nobody has described is a sign',
      at: 'StatedState::Nothing if ⟦view.names_one⟧',
      to: 'false',
      test: 'contradictions::a_tid_nested_in_the_data_is_a_sign_of_life',
    },
    {
      id: 'refund-untouched',
      rule: 'refund pending says of a refund that it has not begun',
      at: 'Some(State::RefundPending) => ⟦StatedState::Untouched⟧',
      to: 'StatedState::State(State::Pending)',
      test: 'refunds::only_what_eps_itself_shows_now_counts',
    },
    {
      id: 'refund-of-settled',
      rule: 'a settled transaction contradicts its refund',
      at: 'Some(State::Settled) => ⟦StatedState::Impossible⟧',
      to: 'StatedState::State(State::Refunded)',
      test: 'refunds::a_transaction_that_is_settled_contradicts_its_refund',
    },
    {
      id: 'refund-declined',
      rule: 'a failed transaction is no refund',
      at: 'Some(State::Declined) => ⟦StatedState::State(State::Declined)⟧',
      to: 'StatedState::State(State::Refunded)',
      test: 'refunds::a_transaction_that_is_settled_contradicts_its_refund',
    },
    {
      id: 'refund-shape',
      rule: 'the type of a refund that is done says so',
      at: 'let done = ⟦shape == Some(State::Refunded)⟧',
      to: 'false',
      test: table,
    },
    {
      id: 'refund-shape-beside-state',
      rule: 'a refund whose state is another is not done by its type',
      at: 'Some(_) if done => ⟦StatedState::State(State::Pending)⟧',
      to: 'StatedState::State(State::Refunded)',
      test: table,
    },
    {
      id: 'named-by-another',
      rule: "what an answer with another debit's reference names is not ours",
      at: 'Says::Contradiction { anomaly, ours: ⟦!another⟧ }',
      to: 'true',
      test: 'declarations::a_debit_named_in_a_contradiction_cannot_be_declared_not_sent',
    },
  ],
}
