//! One-time passwords (OTPs). An OTP can be used once, and expires after five minutes.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::io;

/// Lifetime of an OTP, in milliseconds.
pub(super) const LIFETIME_MS: u64 = 5 * 60 * 1000;
/// Number of wrong codes after which an OTP is locked.
pub(super) const TRIES: u8 = 3;
/// Maximum number of stored OTPs. The oldest OTP is removed first.
const KEPT: usize = 10_000;

/// Purpose of an OTP. An OTP that is used for another purpose counts as wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Verification of a customer.
    Customer,
    /// Confirmation of a sender's eKYC.
    Ekyc,
    /// One transfer of this amount, in paise, to this recipient.
    Transfer { recipient: u64, paise: u64 },
    /// Refund of the transaction with this tid.
    Refund { tid: String },
}

/// Result of an OTP check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtpCheck {
    /// The code was right. The OTP is now marked as used.
    Right,
    /// The code was wrong, or the `otp_ref_id` does not belong to this customer and purpose.
    Wrong,
    /// The OTP is older than five minutes. The code is not compared.
    Expired,
    /// The OTP was used before.
    Used,
    /// Too many wrong codes were given before.
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

/// Issued OTPs, by `otp_ref_id`.
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

    /// Issues an OTP. Returns its `otp_ref_id`, which has 88 characters of base64.
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

    /// Returns the newest OTP that was sent to this mobile number.
    pub(super) fn last(&self, mobile: &str) -> Option<&str> {
        let newest_first = self.order.iter().rev().filter_map(|reference| self.by_reference.get(reference));
        newest_first.into_iter().find(|otp| otp.mobile == mobile).map(|otp| otp.code.as_str())
    }

    /// Returns the OTP with this `otp_ref_id`.
    pub(super) fn code_of(&self, reference: &str) -> Option<&str> {
        self.by_reference.get(reference).map(|otp| otp.code.as_str())
    }

    /// Returns the `otp_ref_id` of the newest OTP with this purpose.
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

    /// Returns a code of six digits. The first and then every second code begins with 0, so that a client that keeps OTPs as numbers
    /// fails at once.
    fn code(&self) -> String {
        let number = self.block(2).iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        if self.issued.is_multiple_of(2) {
            format!("0{:05}", number % 100_000)
        } else {
            format!("{}", 100_000 + number % 900_000)
        }
    }

    /// Returns unpredictable bytes, which differ for each OTP and for each `purpose`.
    fn block(&self, purpose: u8) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.issued.to_be_bytes());
        hash.update([purpose]);
        hash.finalize().into()
    }
}
