//! Sends money in the sandbox, from the recipient to the outcome: `cargo run --example transfer --features sandbox,journal-sqlite`.
//!
//! It needs no credentials. With real keys, only `Config` changes.

#![allow(clippy::wildcard_enum_match_arm, reason = "a program may treat all other outcomes alike")]

use eko_eps::dmt::{
    AddRecipient, AddRecipientOutcome, SendTransactionOtp, SendTransactionOtpOutcome, Transfer, TransferOutcome,
};
use eko_eps::money::JournalConfig;
use eko_eps::sandbox::{CustomerState, SandboxOptions};
use eko_eps::{Client, Config, Sandbox};

const SENDER: &str = "9123456789";

/// Runs the example.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxOptions::default())?;
    sandbox.set_customer(SENDER, CustomerState::Verified)?;
    let keys = sandbox.credentials();
    // The journal records each debit before it is sent. A real program keeps this file on a local disk.
    let journal = std::env::temp_dir().join(format!("eko-eps-example-{}.sqlite", std::process::id()));
    let config = Config::new(keys.developer_key, keys.access_key)
        .initiator_id(keys.initiator_id)
        .user_code(keys.user_code)
        .base_url(keys.base_url)
        .journal(JournalConfig::File(journal));
    let client = Client::new(config)?;

    let recipient = AddRecipient::builder()
        .customer_id(SENDER)
        .recipient_mobile("9000000004")
        .recipient_name("Ravi Nair")
        .ifsc("SBIN0000001")
        .account("10000000001")
        .build();
    let recipient_id = match client.send(recipient).await?.outcome {
        AddRecipientOutcome::Added { recipient_id, .. } => recipient_id,
        other => return Err(format!("no recipient: {other:?}").into()),
    };

    let otp_ref_id = match client.send(SendTransactionOtp::new(&*recipient_id, "100", SENDER)).await?.outcome {
        SendTransactionOtpOutcome::OtpSent { otp_ref_id, .. } => otp_ref_id,
        other => return Err(format!("no OTP: {other:?}").into()),
    };
    let otp = sandbox.last_otp(SENDER).ok_or("the sandbox has sent no OTP")?;

    let transfer = Transfer::builder()
        .recipient_id(recipient_id)
        .amount("100")
        .customer_id(SENDER)
        .otp(otp)
        .otp_ref_id(otp_ref_id)
        // Your own reference. Store it with the order before you send: it finds the debit again after a crash.
        .client_ref_id("ORDER-17")
        .build();
    let debit = client.debit(transfer).await?;
    match &debit.outcome {
        TransferOutcome::Settled { amount, fee, .. } => {
            println!("settled: tid {:?}, amount {amount:?}, fee {fee:?}", debit.tid);
        }
        TransferOutcome::Declined { reason, .. } => println!("declined: {reason:?}; no money has moved"),
        TransferOutcome::NotSent => println!("not sent: {:?}", debit.error),
        TransferOutcome::Refunded { .. } => println!("refunded: the money is back"),
        open => println!("open: {open:?}; client.resolve() and client.resolve_due() ask EPS, do not send it again"),
    }
    sandbox.assert_no_double_debit()?;
    Ok(())
}
