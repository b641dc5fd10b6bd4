//! Tests of the signer against the published vectors and against two independent implementations.

use base64ct::{Base64, Encoding};
use eko_eps::{SignError, Signer, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::Value;
use sha2::Sha256;

fn vectors(list: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../__test__/vectors.json")).expect("JSON");
    let found = file[list].as_array().expect("a list").clone();
    assert!(!found.is_empty(), "no vectors in {list}");
    found
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_else(|| panic!("{name} is not text in {vector}"))
}

fn values(vector: &Value) -> Vec<&str> {
    vector["values"].as_array().expect("a list").iter().map(|value| value.as_str().expect("text")).collect()
}

fn timestamp(vector: &Value) -> Timestamp {
    stamp(vector["timestamp"].as_u64().expect("a number"))
}

fn stamp(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).expect("13 digits")
}

/// Signs with RustCrypto's HMAC, which shares only the hash function with our signer.
fn rustcrypto(access_key: &[u8], message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(Base64::encode_string(access_key).as_bytes()).expect("any length");
    mac.update(message.as_bytes());
    Base64::encode_string(&mac.finalize().into_bytes())
}

/// Signs with ring's HMAC, which shares no code with our signer.
fn ring(access_key: &[u8], message: &str) -> String {
    // miri cannot run the assembler code of ring.
    if cfg!(miri) {
        return rustcrypto(access_key, message);
    }
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, Base64::encode_string(access_key).as_bytes());
    Base64::encode_string(ring::hmac::sign(&key, message.as_bytes()).as_ref())
}

fn agrees(access_key: &[u8], millis: u64, values: &[String]) {
    let signer = Signer::from_bytes(access_key);
    let message = format!("{millis}{}", values.concat());
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let signature = signer.sign(stamp(millis));
    assert_eq!(signature.as_str(), rustcrypto(access_key, &millis.to_string()));
    assert_eq!(signature.as_str(), ring(access_key, &millis.to_string()));
    let hash = signer.request_hash(stamp(millis), &values);
    assert_eq!(hash.as_str(), rustcrypto(access_key, &message));
    assert_eq!(hash.as_str(), ring(access_key, &message));
}

#[test]
fn every_published_secret_key() {
    for vector in vectors("secretKey") {
        let signer = Signer::new(text(&vector, "accessKey")).expect("a key");
        assert_eq!(signer.sign(timestamp(&vector)).as_str(), text(&vector, "secretKey"), "{vector}");
    }
}

#[test]
fn every_published_request_hash() {
    for vector in vectors("requestHash") {
        let signer = Signer::new(text(&vector, "accessKey")).expect("a key");
        assert_eq!(signer.request_hash(timestamp(&vector), &values(&vector)).as_str(), text(&vector, "requestHash"));
        assert_eq!(signer.sign(timestamp(&vector)).as_str(), text(&vector, "secretKey"), "{vector}");
    }
}

#[test]
fn signatures_differ_from_known_mistakes() {
    for vector in vectors("mistakes") {
        let signer = Signer::new(text(&vector, "accessKey")).expect("a key");
        match Timestamp::from_millis(vector["timestamp"].as_u64().expect("a number")) {
            Ok(timestamp) => assert_ne!(signer.sign(timestamp).as_str(), text(&vector, "wrong"), "{vector}"),
            Err(error) => assert_eq!(error, SignError::TimestampDigits, "{vector}"),
        }
    }
}

/// Step between the tested lengths of keys. It is large in miri, where each length takes seconds.
const STEP: usize = if cfg!(miri) { 47 } else { 1 };

#[test]
fn keys_of_every_length() {
    let bytes: Vec<u8> = (0..=255u8).cycle().take(300).collect();
    for length in (0..=300).step_by(STEP) {
        agrees(&bytes[..length], 1_700_000_000_000, &[]);
    }
}

#[test]
fn messages_of_every_length() {
    for length in (0..=200).step_by(STEP) {
        agrees(b"key", 1_700_000_000_000, &["v".repeat(length)]);
    }
}

proptest! {
    #[test]
    fn random_bytes_as_key(key in prop::collection::vec(any::<u8>(), 0..200), millis in Timestamp::MIN..=Timestamp::MAX) {
        agrees(&key, millis, &[]);
    }

    #[test]
    fn random_text_as_key(key in "[\\p{L}\\p{N}\\p{S}\\p{Pd}--[`´]]{1,120}", millis in Timestamp::MIN..=Timestamp::MAX) {
        let signer = Signer::new(&key).expect("nothing that no key holds");
        let signature = signer.sign(stamp(millis));
        prop_assert_eq!(signature.as_str(), ring(key.as_bytes(), &millis.to_string()));
    }

    #[test]
    fn random_values(
        key in prop::collection::vec(any::<u8>(), 0..100),
        millis in Timestamp::MIN..=Timestamp::MAX,
        values in prop::collection::vec(".{0,60}", 0..5),
    ) {
        agrees(&key, millis, &values);
    }

    #[test]
    fn timestamps_are_their_decimal_digits(millis in Timestamp::MIN..=Timestamp::MAX) {
        let decimal = millis.to_string();
        prop_assert_eq!(&stamp(millis).digits()[..], decimal.as_bytes());
        prop_assert_eq!(stamp(millis).to_string(), decimal);
        prop_assert_eq!(stamp(millis).millis(), millis);
    }

    #[test]
    fn every_other_number_is_refused(millis in prop_oneof![0..Timestamp::MIN, Timestamp::MAX + 1..=u64::MAX]) {
        prop_assert_eq!(Timestamp::from_millis(millis), Err(SignError::TimestampDigits));
    }
}

#[test]
fn the_borders_of_a_timestamp() {
    assert_eq!(stamp(1_000_000_000_000).digits(), *b"1000000000000");
    assert_eq!(stamp(9_999_999_999_999).digits(), *b"9999999999999");
    assert_eq!(stamp(1_000_000_000_009).digits(), *b"1000000000009");
    for refused in [0, 1_700_000_000, 999_999_999_999, 10_000_000_000_000, u64::MAX] {
        assert_eq!(Timestamp::from_millis(refused), Err(SignError::TimestampDigits), "{refused}");
    }
}

/// Returns the table of access keys that the JavaScript signers are tested with too.
fn access_keys() -> Value {
    serde_json::from_str(include_str!("../__test__/access-keys.json")).expect("JSON")
}

#[test]
fn keys_with_what_surrounds_them_are_refused_by_its_name() {
    let table = access_keys();
    let refused = table["refused"].as_array().expect("a list");
    assert!(refused.len() > 40);
    for case in refused {
        let error = Signer::new(text(case, "key")).expect_err(text(case, "name"));
        assert!(matches!(error, SignError::BadKey(_)), "{case}");
        assert_eq!(error.to_string(), format!("accessKey has {}: give it as EPS issued it", text(case, "has")));
    }
}

#[cfg(feature = "client")]
#[test]
fn a_client_refuses_the_same_keys() {
    use eko_eps::{Client, Config, Environment};
    let client = |key: &str| Client::new(Config::new("d", key).environment(Environment::Uat)).map(drop);
    for case in access_keys()["refused"].as_array().expect("a list") {
        let error = client(text(case, "key")).expect_err(text(case, "name"));
        assert!(error.to_string().contains(text(case, "has")) && !error.to_string().contains("canary"), "{error}");
    }
    for quoted in ["\"d\"", "'d'", "`d`"] {
        let error = Client::new(Config::new(quoted, "k").environment(Environment::Uat)).map(drop).expect_err(quoted);
        assert!(error.to_string().contains("developerKey contains"), "{error}");
    }
}

#[test]
fn keys_of_other_letters_and_signs_are_taken() {
    for key in access_keys()["accepted"].as_array().expect("a list") {
        let key = key.as_str().expect("text");
        let signature = Signer::new(key).expect(key).sign(stamp(1_700_000_000_000));
        assert_eq!(signature.as_str(), ring(key.as_bytes(), "1700000000000"));
    }
}

#[test]
fn the_construction_itself_takes_any_bytes() {
    for case in access_keys()["refused"].as_array().expect("a list") {
        agrees(text(case, "key").as_bytes(), 1_700_000_000_000, &[]);
    }
    agrees(b"", 1_700_000_000_000, &[]);
}

#[test]
fn errors_say_the_field_and_the_fix() {
    assert_eq!(Signer::new("").err(), Some(SignError::EmptyKey));
    for (error, field) in [(SignError::EmptyKey, "accessKey"), (SignError::TimestampDigits, "timestamp")] {
        assert!(error.to_string().contains(field), "{error}");
    }
}

#[test]
fn headers_are_the_three_that_eps_reads() {
    let signer = Signer::new("TEST_ACCESS_KEY_DO_NOT_USE").expect("a key");
    let headers = signer.headers("developer", stamp(1_700_000_000_000));
    assert_eq!(
        headers.pairs(),
        [
            ("developer_key", "developer"),
            ("secret-key", "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk="),
            ("secret-key-timestamp", "1700000000000"),
        ]
    );
}

#[test]
fn debug_shows_no_secret() {
    let signer = Signer::new("canary-access-key").expect("a key");
    let signature = signer.sign(stamp(1_700_000_000_000));
    let headers = signer.headers("canary-developer-key", stamp(1_700_000_000_000));
    let shown = format!("{signer:?} {signature:?} {headers:?} {signer:#?} {signature:#?} {headers:#?}");
    assert!(!shown.contains("canary") && !shown.contains(signature.as_str()), "{shown}");
    assert_eq!(shown.matches("[hidden]").count(), 6, "{shown}");
}

/// The test reads the memory of a signer after its drop. The system reads it, because parts of it may be uninitialised, which Rust code
/// must not read.
#[cfg(target_os = "linux")]
#[test]
#[allow(unsafe_code, reason = "nothing else sees what a drop leaves")]
fn of_a_signer_that_was_dropped_nothing_is_left() {
    use std::os::unix::fs::FileExt;
    let memory = std::fs::File::open("/proc/self/mem").expect("Linux shows a process its own memory");
    let mut signer = std::mem::ManuallyDrop::new(Signer::from_bytes(b"key"));
    let bytes = |signer: &std::mem::ManuallyDrop<Signer>| {
        let address = u64::try_from(std::ptr::from_ref(std::hint::black_box(signer)).addr()).expect("64 bits");
        let mut bytes = vec![0; size_of::<Signer>()];
        memory.read_exact_at(&mut bytes, address).expect("the memory is mapped");
        bytes
    };
    assert!(bytes(&signer).iter().any(|byte| *byte != 0));
    unsafe { std::mem::ManuallyDrop::drop(&mut signer) };
    assert_eq!(bytes(&signer), vec![0; size_of::<Signer>()]);
}

#[test]
fn the_ascii_of_a_signature_is_its_text() {
    let signature = Signer::from_bytes(b"key").sign(stamp(1_700_000_000_000));
    assert_eq!(signature.as_bytes(), signature.as_str().as_bytes());
}
