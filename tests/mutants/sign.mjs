// Mutants of the signer, and of the clock that gives its timestamps.
const tests = 'tests/sign.rs'
const borders = 'the_borders_of_a_timestamp'
const refused = 'keys_with_what_surrounds_them_are_refused_by_its_name'

export const timestamps = {
  file: 'src/sign/timestamp.rs',
  tests,
  mutants: [
    {
      id: 'timestamp-of-12-digits',
      rule: 'a timestamp has 13 digits at least',
      at: '⟦millis < Self::MIN⟧',
      to: 'millis < Self::MIN - 1',
      test: borders,
    },
    {
      id: 'timestamp-at-the-least',
      rule: 'the smallest number of 13 digits is one',
      at: 'if ⟦millis < Self::MIN⟧ ||',
      to: 'millis <= Self::MIN',
      test: borders,
    },
    {
      id: 'timestamp-of-14-digits',
      rule: 'a timestamp has 13 digits at most',
      at: '⟦millis > Self::MAX⟧',
      to: 'millis > Self::MAX + 1',
      test: borders,
    },
    {
      id: 'timestamp-at-the-most',
      rule: 'the largest number of 13 digits is one',
      at: '|| ⟦millis > Self::MAX⟧',
      to: 'millis >= Self::MAX',
      test: borders,
    },
    {
      id: 'timestamp-in-two',
      rule: 'its halves are six digits and seven',
      at: '(self.0 / ⟦10_000_000⟧)',
      to: '1_000_000',
      test: borders,
    },
  ],
}

export const signer = {
  file: 'src/sign/mod.rs',
  tests,
  mutants: [
    {
      id: 'empty-key',
      rule: 'an empty key is refused as one',
      at: 'if ⟦access_key.is_empty()⟧',
      to: 'false',
      test: 'errors_say_the_field_and_the_fix',
    },
    {
      id: 'any-key',
      rule: 'a key with what EPS puts in none is refused',
      at: 'match ⟦key::fault(access_key)⟧',
      to: 'None',
      test: refused,
    },
    {
      id: 'raw-key',
      rule: "the HMAC's key is the base64 of the access key",
      at: 'Self::from_base64(⟦base64::encode(access_key, &mut text)⟧)',
      to: 'access_key',
      test: 'every_published_secret_key',
    },
    {
      id: 'hash-without-time',
      rule: 'a request hash begins with its timestamp',
      at: '⟦message.extend_from_slice(&timestamp.digits())⟧',
      to: '()',
      test: 'every_published_request_hash',
    },
  ],
}

export const keys = {
  file: 'src/sign/key.rs',
  tests,
  mutants: [
    {
      id: 'fault-at-the-end',
      rule: 'a fault is at the end where nothing follows it but faults',
      at: '_ if ⟦key[at..].chars().all(|char| kind(char).is_some())⟧',
      to: 'false',
      test: refused,
    },
    {
      id: 'blank-in-a-key',
      rule: 'no key has a blank',
      at: '_ if ⟦char.is_whitespace()⟧',
      to: 'false',
      test: refused,
    },
    {
      id: 'control-in-a-key',
      rule: 'no key has a control character',
      at: '_ if ⟦char.is_control()⟧',
      to: 'false',
      test: refused,
    },
  ],
}

const burst = 'a_burst_leads_the_clock_by_at_most_a_minute'
const step = 'a_clock_stepped_back_uses_free_lower_values'

export const lead = {
  file: 'src/clock/page.rs',
  tests: 'clock::page::tests',
  mutants: [
    {
      id: 'lead-of-61-seconds',
      rule: 'a burst leads by a minute at most',
      constant: 'MAX_LEAD_MS',
      also: ['src/clock/used.rs', 'src/clock/lead.rs'],
      to: '61_000',
      test: burst,
    },
    {
      id: 'lead-border',
      rule: 'a burst may lead by a minute',
      at: 'if ⟦stamp - now > MAX_LEAD_MS⟧',
      to: 'stamp - now >= MAX_LEAD_MS',
      test: burst,
    },
    {
      id: 'stamp-twice',
      rule: 'no timestamp is used twice',
      at: 'now.max(⟦running.last() + 1⟧)',
      to: 'running.last()',
      test: burst,
    },
    {
      id: 'range-forgotten',
      rule: 'what was used before a step of the clock stays used',
      at: '⟦self.ended.note(running)⟧;',
      to: '()',
      test: step,
    },
    {
      id: 'near-border',
      rule: 'lanes of nobody are used up to a second ahead',
      constant: 'NEAR_MS',
      to: '999',
      test: 'unowned_lanes_are_used_only_near_the_clock',
    },
  ],
}

export const range = {
  file: 'src/clock/range.rs',
  tests: 'clock::page::tests',
  mutants: [
    {
      id: 'range-border',
      rule: 'the last of a range is used too',
      at: '⟦value <= self.last()⟧ && self.first() <= value',
      to: 'value < self.last()',
      test: step,
    },
  ],
}

export const ended = {
  file: 'src/clock/ended.rs',
  tests: 'clock::page::tests',
  mutants: [
    {
      id: 'range-for-longer',
      rule: 'a range that EPS takes nothing of is forgotten',
      constant: 'REMEMBERED_MS',
      to: '301_000',
      test: 'a_past_clock_error_does_not_block_timestamps_for_an_hour',
    },
  ],
}
