//! Hooks for money: the content of the ledger, and the behaviour of the bank.

use super::Sandbox;
use super::bank::{Bank, Duplicates};
use super::hooks::HookError;
use super::ledger::LedgerEntry;
use super::money::{paise, plain};
use super::state::SandboxHandle;
use serde_json::Value;

impl Sandbox {
    /// Returns the ledger: references in the order they were first seen, each with its bookings. It shows the state that the sandbox knows,
    /// which can differ from the state in its answers.
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

    /// Sets the amount that a customer may send in a month, in rupees. A bank account may receive twice as much.
    ///
    /// # Errors
    /// Fails if the text is not an amount, or if no customer has this number.
    pub fn set_limit(&self, mobile: &str, rupees: &str) -> Result<(), HookError> {
        self.shared.set_limit(mobile, rupees)
    }

    /// Sets how the bank ends the transfers that follow. It replaces the previous setting.
    pub fn set_bank(&self, bank: Bank) {
        self.shared.world().ledger.bank = bank;
    }

    /// Sets the behaviour of EPS for a `client_ref_id` that was used before.
    pub fn set_duplicates(&self, duplicates: Duplicates) {
        self.shared.world().ledger.duplicates = duplicates;
    }

    /// Checks that each debit was sent at most once.
    ///
    /// # Errors
    /// The error names every reference with more than one booking, or with more than one complete request that was not refused before any
    /// work was done. It also names every refund that was requested more than once.
    pub fn assert_no_double_debit(&self) -> Result<(), String> {
        self.shared.world().ledger.doubled()
    }

    /// Returns the callbacks that EPS would have posted to a callback URL by now, oldest first, as JSON. There is one for each transfer
    /// that was pending and ended.
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
        let customer = world.customers.get_mut(mobile).ok_or_else(|| HookError::new("nobody has this number"))?;
        customer.limit = limit;
        Ok(())
    }
}

fn amount(rupees: &str) -> Result<u64, HookError> {
    paise(rupees).ok_or_else(|| HookError::new("an amount is rupees as text, with at most two decimals: \"100.50\""))
}
