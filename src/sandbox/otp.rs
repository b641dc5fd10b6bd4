//! OTPs: issued, checked once, gone after five minutes.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::io;

/// How long an OTP lives.
pub(super) const LIFETIME_MS: u64 = 5 * 60 * 1000;
/// After so many wrong ones the OTP is dead.
pub(super) const TRIES: u8 = 3;
/// How many OTPs are remembered; the oldest are forgotten first.
const KEPT: usize = 10_000;

/// What an OTP allows; for anything else it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To verify the customer.
    Customer,
    /// To confirm a sender's eKYC.
    Ekyc,
    /// One transfer of this amount, in paise, to this recipient.
    Transfer { recipient: u64, paise: u64 },
    /// To pay the money of this transaction back.
    Refund { tid: String },
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtpCheck {
    /// Right, and now used.
    Right,
    /// Wrong, or not this customer's reference.
    Wrong,
    /// Right or wrong, it comes too late: five minutes are over.
    Expired,
    /// It was used before.
    Used,
    /// Too many wrong ones came before.
    Locked,
}

struct Otp {
    mobile: String,
    purpose: Purpose,
    code: String,
    issued_ms: u64,
    wrong: u8,
    used: bool,
}

/// The OTPs that are out, by their reference.
pub(super) struct Otps {
    by_reference: HashMap<String, Otp>,
    order: VecDeque<String>,
    seed: [u8; 32],
    issued: u64,
}

impl Otps {
    pub(super) fn new() -> io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        Ok(Self { by_reference: HashMap::new(), order: VecDeque::new(), seed, issued: 0 })
    }

    /// Sends an OTP; the reference that goes into the answer has 88 characters of base64.
    pub(super) fn issue(&mut self, mobile: &str, purpose: Purpose, now_ms: u64) -> String {
        let mut token = [0; 64];
        token[..32].copy_from_slice(&self.block(0));
        token[32..].copy_from_slice(&self.block(1));
        let reference = Base64::encode_string(&token);
        let (mobile, code) = (mobile.to_owned(), self.code());
        let otp = Otp { mobile, purpose, code, issued_ms: now_ms, wrong: 0, used: false };
        self.issued += 1;
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_reference.remove(&oldest);
        }
        self.order.push_back(reference.clone());
        self.by_reference.insert(reference.clone(), otp);
        reference
    }

    /// The newest OTP that was sent to this number.
    pub(super) fn last(&self, mobile: &str) -> Option<&str> {
        let newest_first = self.order.iter().rev().filter_map(|reference| self.by_reference.get(reference));
        newest_first.into_iter().find(|otp| otp.mobile == mobile).map(|otp| otp.code.as_str())
    }

    /// The OTP of this reference.
    pub(super) fn code_of(&self, reference: &str) -> Option<&str> {
        self.by_reference.get(reference).map(|otp| otp.code.as_str())
    }

    /// The newest reference for this purpose.
    pub(super) fn reference(&self, purpose: &Purpose) -> Option<String> {
        let is = |reference: &&String| self.by_reference.get(*reference).is_some_and(|otp| otp.purpose == *purpose);
        self.order.iter().rev().find(is).cloned()
    }

    pub(super) fn check(
        &mut self,
        mobile: &str,
        purpose: &Purpose,
        reference: &str,
        code: &str,
        now_ms: u64,
    ) -> OtpCheck {
        let fits = |otp: &&mut Otp| otp.mobile == mobile && otp.purpose == *purpose;
        let Some(otp) = self.by_reference.get_mut(reference).filter(fits) else {
            return OtpCheck::Wrong;
        };
        if otp.used {
            return OtpCheck::Used;
        }
        if now_ms.saturating_sub(otp.issued_ms) >= LIFETIME_MS {
            return OtpCheck::Expired;
        }
        if otp.wrong >= TRIES {
            return OtpCheck::Locked;
        }
        if otp.code != code {
            otp.wrong += 1;
            return OtpCheck::Wrong;
        }
        otp.used = true;
        OtpCheck::Right
    }

    /// Six digits. Every second one, the first included, begins with 0: code that keeps OTPs as numbers fails at once.
    fn code(&self) -> String {
        let number = self.block(2).iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        if self.issued.is_multiple_of(2) {
            format!("0{:05}", number % 100_000)
        } else {
            format!("{}", 100_000 + number % 900_000)
        }
    }

    /// Bytes that nobody can guess, new for every OTP and purpose.
    fn block(&self, purpose: u8) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.issued.to_be_bytes());
        hash.update([purpose]);
        hash.finalize().into()
    }
}
