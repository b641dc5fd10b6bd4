//! Timestamp in the form that EPS requires: milliseconds since 1970, with 13 decimal digits.

use super::SignError;

/// Timestamp in milliseconds since 1970, with 13 digits: from September 2001 to November 2286.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Smallest value with 13 digits.
    pub const MIN: u64 = 1_000_000_000_000;
    /// Largest value with 13 digits.
    pub const MAX: u64 = 9_999_999_999_999;

    /// Creates a timestamp from milliseconds since 1970.
    ///
    /// # Errors
    /// [`SignError::TimestampDigits`] unless `millis` has 13 digits.
    pub const fn from_millis(millis: u64) -> Result<Self, SignError> {
        if millis < Self::MIN || millis > Self::MAX { Err(SignError::TimestampDigits) } else { Ok(Self(millis)) }
    }

    /// Returns the value in milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Returns the 13 digits, as they are signed and sent in the header.
    pub fn digits(self) -> [u8; 13] {
        // Splits the number into two halves, because 32-bit division by ten is several times faster than 64-bit division, especially in wasm.
        let mut digits = [0u8; 13];
        let (high, low) = digits.split_at_mut(6);
        decimal((self.0 / 10_000_000) as u32, high);
        decimal((self.0 % 10_000_000) as u32, low);
        digits
    }
}

// Not inlined, because two unrolled copies of the loop would make the wasm build larger.
#[inline(never)]
fn decimal(mut rest: u32, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

impl core::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}
