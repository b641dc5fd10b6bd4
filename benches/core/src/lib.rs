//! Parts of a call that need no network, for the measurements in Rust.

use eko_eps::{Answer, Client, Config, HttpAnswer, Signature, SignedRequest, Signer, Timestamp};

const OP: &str = "dmt.getSender";
const PARAMS: &str = r#"{"customerId":"9123456789"}"#;
const ACCESS_KEY: &str = "d2fe1d99-6298-4af2-8cc5-d97dcf46df30";

/// Signer, client and answer for the measured functions.
pub struct Work {
    signer: Signer,
    client: Client,
    answer: HttpAnswer,
}

impl Work {
    /// Creates a client with its own developer key, `bench-<number>`. One developer key has 60,000 timestamps for a burst of calls.
    pub fn new(number: u32) -> Self {
        let config = Config::new(format!("bench-{number}"), ACCESS_KEY)
            .initiator_id("9962981729")
            .user_code("20810200")
            .base_url("http://127.0.0.1:9/ekoapi/v3");
        Self {
            signer: Signer::new(ACCESS_KEY).expect("a good key"),
            client: Client::new(config).expect("good options"),
            answer: HttpAnswer {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json;charset=UTF-8".to_owned())],
                body: include_bytes!("../../answer.json").to_vec(),
            },
        }
    }

    /// Computes one signature.
    #[inline(never)]
    pub fn sign(&self, timestamp: Timestamp) -> Signature {
        self.signer.sign(timestamp)
    }

    /// Computes the three signed headers as text, and returns their total length.
    #[inline(never)]
    pub fn headers(&self, timestamp: Timestamp) -> usize {
        let headers = self.signer.headers("becbbce45f79c6f5109f848acd540567", timestamp);
        headers.pairs().iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Checks, builds and signs one request.
    #[inline(never)]
    pub fn prepare(&self) -> SignedRequest {
        self.client.prepare(OP, PARAMS).expect("good parameters")
    }

    /// Returns the outcome of an answer of 897 bytes.
    #[inline(never)]
    pub fn interpret(&self) -> Answer {
        self.client.interpret(OP, &self.answer).expect("a good answer")
    }
}
