//! Tests of supported and unsupported content encodings, and of the limits on the decoded size.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use flate2::Compression;
use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;

const TEXT: &[u8] = br#"{"status":0,"response_type_id":325,"data":{"tx_status":"0","tid":"77"}}"#;
/// Maximum decoded size of a body that compresses to less than a hundredth.
const SMALL: usize = 65_536;
/// Maximum decoded size of any body.
const MOST: usize = 8_388_608;
const WAYS: [(ContentCoding, Squeeze); 3] =
    [(ContentCoding::Gzip, gzip), (ContentCoding::Deflate, zlib), (ContentCoding::Deflate, bare)];

type Squeeze = fn(&[u8]) -> Vec<u8>;

fn all(mut encoder: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    encoder.read_to_end(&mut out).unwrap();
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    all(GzEncoder::new(bytes, Compression::best()))
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    all(ZlibEncoder::new(bytes, Compression::best()))
}

fn bare(bytes: &[u8]) -> Vec<u8> {
    all(DeflateEncoder::new(bytes, Compression::best()))
}

/// Returns `length` random bytes, which do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

#[test]
fn one_encoding_is_known_by_its_name() {
    for (headers, encoding) in [
        (&[][..], ContentCoding::Identity),
        (&[Some("identity")], ContentCoding::Identity),
        (&[Some("Identity , identity"), Some("")], ContentCoding::Identity),
        (&[Some(" GZIP ")], ContentCoding::Gzip),
        (&[Some("x-gzip")], ContentCoding::Gzip),
        (&[Some("identity, gzip")], ContentCoding::Gzip),
        (&[Some("identity"), Some("deflate")], ContentCoding::Deflate),
        (&[Some("gzip, gzip")], ContentCoding::Other),
        (&[Some("gzip"), Some("deflate")], ContentCoding::Other),
        (&[Some("gzip"), Some("identity"), Some("gzip")], ContentCoding::Other),
        (&[Some("br")], ContentCoding::Other),
        (&[Some("x-own")], ContentCoding::Other),
        (&[Some("gzip;q=1")], ContentCoding::Other),
        (&[None], ContentCoding::Other),
    ] {
        assert_eq!(ContentCoding::of(headers.iter().copied()), encoding, "{headers:?}");
    }
}

#[test]
fn what_is_cut_or_corrupt_or_longer_is_refused() {
    for (encoding, squeeze) in WAYS {
        let good = squeeze(TEXT);
        assert_eq!(encoding.decode(&good).unwrap(), TEXT);
        for length in 0..good.len() {
            assert_eq!(encoding.decode(&good[..length]), Err(Code::BodyEncoding), "{length} bytes of {encoding:?}");
        }
        for more in [&b"\0"[..], b"{}", &good[..9]] {
            assert_eq!(encoding.decode(&[&good, more].concat()), Err(Code::BodyEncoding), "{encoding:?} and {more:?}");
        }
        assert_eq!(encoding.decode(TEXT), Err(Code::BodyEncoding));
    }
    // The changed byte belongs to the checksum. In a gzip body, the length follows the checksum in the last four bytes.
    for (squeeze, encoding, from_end) in [(gzip as Squeeze, ContentCoding::Gzip, 8), (zlib, ContentCoding::Deflate, 4)]
    {
        let mut wrong = squeeze(TEXT);
        let at = wrong.len() - from_end;
        wrong[at] ^= 1;
        assert_eq!(encoding.decode(&wrong), Err(Code::BodyEncoding));
    }
    assert_eq!(ContentCoding::Other.decode(&gzip(TEXT)), Err(Code::BodyEncoding));
    assert_eq!(ContentCoding::Gzip.decode(&zlib(TEXT)), Err(Code::BodyEncoding));
    assert_eq!(ContentCoding::Deflate.decode(&gzip(TEXT)), Err(Code::BodyEncoding));
}

#[test]
fn gzip_may_have_members() {
    let (head, tail) = TEXT.split_at(20);
    assert_eq!(ContentCoding::Gzip.decode(&[gzip(head), gzip(tail)].concat()).unwrap(), TEXT);
}

#[test]
fn a_decompression_bomb_is_rejected() {
    for (encoding, squeeze) in WAYS {
        // A body of spaces compresses to about a thousandth. Such a ratio is accepted only up to a decoded size of 64 KiB.
        assert_eq!(encoding.decode(&squeeze(&vec![b' '; SMALL])).unwrap().len(), SMALL);
        for length in [SMALL + 1, 20 * SMALL, MOST + 1] {
            assert_eq!(encoding.decode(&squeeze(&vec![b' '; length])), Err(Code::BodyTooLarge), "{length}");
        }
        // A body with a lower compression ratio may be larger.
        let usual = noise(MOST / 16);
        let long = [usual.as_slice(), &vec![b' '; MOST - usual.len()]].concat();
        assert_eq!(encoding.decode(&squeeze(&long)).unwrap().len(), MOST);
        assert_eq!(encoding.decode(&squeeze(&[&long, &b" "[..]].concat())), Err(Code::BodyTooLarge));
    }
}

#[test]
fn a_body_may_become_a_hundred_times_as_long() {
    for (wire, limit) in [(655, 65_536), (656, 65_600), (83_886, 8_388_600), (83_887, 8_388_608)] {
        assert_eq!(Decoded::of(&vec![0; wire]).limit, limit, "{wire}");
    }
}

#[test]
fn room_is_never_taken_beyond_the_limit() {
    for wire in [1, 1_000, 20_000, MOST] {
        let mut decoded = Decoded::of(&vec![0; wire]);
        while decoded.push(&[0; CHUNK - 1]).is_ok() {
            assert!(decoded.bytes.capacity() <= decoded.limit && decoded.limit <= MOST);
        }
        assert!(decoded.limit - decoded.bytes.len() < CHUNK);
    }
}

proptest! {
    #[test]
    fn encoded_bodies_round_trip(bytes in any::<Vec<u8>>(), times in 1usize..200) {
        let bytes = bytes.repeat(times);
        for (encoding, squeeze) in WAYS {
            let decoded = encoding.decode(&squeeze(&bytes)).map(Cow::into_owned);
            prop_assert_eq!(decoded, Ok(bytes.clone()));
        }
    }

    #[test]
    fn corrupt_bodies_never_panic(bytes in any::<Vec<u8>>(), at in any::<prop::sample::Index>()) {
        for (encoding, squeeze) in WAYS {
            prop_assert!(encoding.decode(&bytes).is_ok_and(|decoded| decoded.len() <= SMALL) || encoding.decode(&bytes).is_err());
            let mut wrong = squeeze(TEXT);
            let at = at.index(wrong.len());
            wrong[at] = wrong[at].wrapping_add(bytes.len() as u8);
            let _ = encoding.decode(&wrong);
        }
    }
}
