//! Customers and their states.

use std::collections::HashMap;

/// Monthly limit of a customer before full KYC, in paise, as EPS allows.
const MONTHLY_LIMIT: u64 = 2_500_000;

/// State of a customer. Successful calls change the state, and `set_customer` sets it directly. A legacy state is the number of the state
/// in the v1/v2 products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomerState {
    /// EPS does not know the mobile number.
    Unknown,
    /// Onboarded, but the OTP is not verified yet. Legacy state 1.
    Enrolled,
    /// The OTP is verified, and the Aadhaar step is next. Legacy state 3.
    AadhaarPending,
    /// The Aadhaar step is done, and the PAN is next. Legacy state 8, partial KYC.
    PanPending,
    /// Verified, but biometric eKYC is needed for money transfer. Legacy state 3.
    KycPending,
    /// Verified. Legacy state 2, without full KYC.
    Verified,
    /// Verified, with full KYC. Legacy state 4.
    FullKyc,
    /// Verified, but a change of the name is not confirmed by OTP yet. Legacy state 5.
    NameChangePending,
    /// Verified, with the monthly limit used up. Legacy state 2.
    LimitExhausted,
}

impl CustomerState {
    /// All states, with their names in JavaScript and in commands.
    pub(super) const NAMES: [(&'static str, CustomerState); 9] = [
        ("unknown", CustomerState::Unknown),
        ("enrolled", CustomerState::Enrolled),
        ("aadhaarPending", CustomerState::AadhaarPending),
        ("panPending", CustomerState::PanPending),
        ("kycPending", CustomerState::KycPending),
        ("verified", CustomerState::Verified),
        ("fullKyc", CustomerState::FullKyc),
        ("nameChangePending", CustomerState::NameChangePending),
        ("limitExhausted", CustomerState::LimitExhausted),
    ];

    /// Returns the state with this name, such as `verified` or `aadhaarPending`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, state)| *state)
    }

    /// Returns the state that has this number in the v1/v2 products: 1, 2, 3, 4, 5 or 8.
    pub fn from_legacy(number: u8) -> Option<Self> {
        match number {
            1 => Some(CustomerState::Enrolled),
            2 => Some(CustomerState::Verified),
            3 => Some(CustomerState::KycPending),
            4 => Some(CustomerState::FullKyc),
            5 => Some(CustomerState::NameChangePending),
            8 => Some(CustomerState::PanPending),
            _ => None,
        }
    }

    /// Returns true if the customer has verified an OTP and has completed all steps of the onboarding.
    pub(super) fn is_verified(self) -> bool {
        match self {
            CustomerState::Verified
            | CustomerState::FullKyc
            | CustomerState::NameChangePending
            | CustomerState::LimitExhausted
            | CustomerState::KycPending => true,
            CustomerState::Unknown
            | CustomerState::Enrolled
            | CustomerState::AadhaarPending
            | CustomerState::PanPending => false,
        }
    }
}

/// Customer, who is also the DMT sender with the same mobile number.
#[derive(Clone)]
pub(super) struct Customer {
    pub name: String,
    pub dob: String,
    pub state: CustomerState,
    /// Monthly limit, in paise.
    pub limit: u64,
    /// Used part of the limit, in paise.
    pub used: u64,
}

impl Customer {
    pub(super) fn new(name: &str, dob: &str) -> Self {
        let state = CustomerState::Enrolled;
        Self { name: name.to_owned(), dob: dob.to_owned(), state, limit: MONTHLY_LIMIT, used: 0 }
    }

    /// Returns a made-up customer, for responses about a number that was not onboarded.
    pub(super) fn made_up() -> Self {
        let mut customer = Self::new("Meera Nair", "1991-08-24");
        customer.state = CustomerState::Verified;
        customer
    }

    pub(super) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// All customers, by mobile number.
#[derive(Default)]
pub(super) struct Customers(HashMap<String, Customer>);

impl Customers {
    pub(super) fn get(&self, mobile: &str) -> Option<&Customer> {
        self.0.get(mobile)
    }

    pub(super) fn get_mut(&mut self, mobile: &str) -> Option<&mut Customer> {
        self.0.get_mut(mobile)
    }

    pub(super) fn enrol(&mut self, mobile: &str, customer: Customer) {
        self.0.insert(mobile.to_owned(), customer);
    }

    /// Sets the state of a customer. An unknown number gets a made-up customer. An existing customer keeps the name, the date of birth
    /// and the OTPs. `Unknown` removes the customer.
    pub(super) fn put(&mut self, mobile: &str, state: CustomerState) {
        if state == CustomerState::Unknown {
            self.0.remove(mobile);
            return;
        }
        let customer = self.0.entry(mobile.to_owned()).or_insert_with(Customer::made_up);
        if state == CustomerState::LimitExhausted {
            customer.used = customer.limit;
        } else if customer.state == CustomerState::LimitExhausted {
            customer.used = 0;
        }
        customer.state = state;
    }
}
