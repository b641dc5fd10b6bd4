// Constants that no mutant changes, and why. Which mutant is on is decided when the program runs, so the length of an
// array cannot be changed; its entry names the test that checks it. A second reader who did not know these reasons has
// confirmed each.

export const REASONS = [
  {
    file: 'src/clock/ended.rs',
    constant: 'RANGES',
    reason:
      'the length of an array; clock::page::tests::page_numbers_match_the_mapped_layout holds it, and 33 does not compile',
  },
  {
    file: 'src/clock/page.rs',
    constant: 'OFFSETS',
    reason:
      'the length of an array; clock::page::tests::servers_have_offsets_of_their_own_as_long_as_there_is_room holds it',
  },
  {
    file: 'src/clock/page.rs',
    constant: 'LAYOUT',
    reason:
      'part of another constant and of the name of a file; clock::used::tests::two_mappings_share_one_page holds it',
  },
  {
    file: 'src/response/encoding.rs',
    constant: 'CHUNK',
    reason:
      'the length of a buffer: with the decoder that is built in, what is decoded and which error comes are the same by any up to 32 kB',
  },
  {
    file: 'src/transport/body.rs',
    constant: 'EXPECTED_BODY',
    reason: 'room that is taken before a body has come; the body is the same by any',
  },
  {
    file: 'src/transport/mod.rs',
    constant: 'HEADERS',
    reason: 'room that is taken before headers are written; they are the same by any',
  },
]
