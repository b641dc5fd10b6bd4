//! Hooks that read the ledger and set the behaviour of the simulated bank.

use super::Sandbox;
use super::bank::{Bank, Duplicates};
use super::hooks::HookError;
use super::ledger::LedgerEntry;
use super::money::{paise, plain};
use super::state::SandboxHandle;
use serde_json::Value;

impl Sandbox {
    /// Returns the ledger entries, grouped by reference in order of first use. An entry has the true state of the debit, which the
    /// sandbox's responses may hide.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.shared.ledger()
    }

    /// Returns the balance of the wallet, in rupees as plain decimal text.
    pub fn balance(&self) -> String {
        self.shared.balance()
    }

    /// Sets the balance of the wallet, in rupees.
    ///
    /// # Errors
    /// Fails if the text is not an amount.
    pub fn set_balance(&self, rupees: &str) -> Result<(), HookError> {
        self.shared.set_balance(rupees)
    }

    /// Sets the monthly sending limit of a customer, in rupees. A bank account may receive twice this amount.
    ///
    /// # Errors
    /// Fails if the text is not an amount, or if no customer has this mobile number.
    pub fn set_limit(&self, mobile: &str, rupees: &str) -> Result<(), HookError> {
        self.shared.set_limit(mobile, rupees)
    }

    /// Sets how the bank ends the next transfers. Replaces the previous setting.
    pub fn set_bank(&self, bank: Bank) {
        self.shared.world().ledger.bank = bank;
    }

    /// Sets how the sandbox handles a `client_ref_id` that was used before.
    pub fn set_duplicates(&self, duplicates: Duplicates) {
        self.shared.world().ledger.duplicates = duplicates;
    }

    /// Checks that each debit and each refund was sent at most once.
    ///
    /// # Errors
    /// Fails if a reference has more than one booking or more than one complete request, or if a refund was requested more than once.
    /// Requests that were refused before any work do not count. The error names each such reference and refund.
    pub fn assert_no_double_debit(&self) -> Result<(), String> {
        self.shared.world().ledger.doubled()
    }

    /// Returns the callbacks that EPS would have posted so far, oldest first, as JSON. A transfer that was pending and has ended has one
    /// callback.
    pub fn callbacks(&self) -> Vec<String> {
        self.shared.callbacks().iter().map(Value::to_string).collect()
    }
}

impl SandboxHandle {
    pub(super) fn ledger(&self) -> Vec<LedgerEntry> {
        let mut world = self.world();
        world.run_bank();
        world.ledger.entries()
    }

    pub(super) fn balance(&self) -> String {
        let mut world = self.world();
        world.run_bank();
        plain(world.ledger.balance)
    }

    pub(super) fn callbacks(&self) -> Vec<Value> {
        let mut world = self.world();
        world.run_bank();
        world.ledger.callbacks.clone()
    }

    pub(super) fn set_balance(&self, rupees: &str) -> Result<(), HookError> {
        let balance = amount(rupees)?;
        self.world().ledger.balance = balance;
        Ok(())
    }

    pub(super) fn set_limit(&self, mobile: &str, rupees: &str) -> Result<(), HookError> {
        let limit = amount(rupees)?;
        let mut world = self.world();
        let customer = world
            .customers
            .get_mut(mobile)
            .ok_or_else(|| HookError::new("no customer has this mobile number: set the customer's state first"))?;
        customer.limit = limit;
        Ok(())
    }
}

fn amount(rupees: &str) -> Result<u64, HookError> {
    paise(rupees).ok_or_else(|| HookError::new("an amount must be rupees as text with up to two decimals: \"100.50\""))
}
