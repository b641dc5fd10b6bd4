//! The three classes of calls: a read, a step and a debit.

use std::time::Duration;

pub const OTP: &str = "470281";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `dmt.getSender`
    Read,
    /// `onboardCustomer`
    Step,
    /// `dmt.transfer`
    Debit,
}

pub const CLASSES: &[Class] = &[Class::Read, Class::Step, Class::Debit];

impl Class {
    pub fn of(name: &str) -> Self {
        CLASSES.iter().copied().find(|class| class.name() == name).unwrap()
    }

    pub fn name(self) -> &'static str {
        match self {
            Class::Read => "read",
            Class::Step => "step",
            Class::Debit => "debit",
        }
    }

    /// The outcome of a call without a fault.
    pub fn sound(self) -> &'static str {
        match self {
            Class::Read => "found",
            Class::Step => "otpRequired",
            Class::Debit => "settled",
        }
    }

    /// Returns the deadline of a call whose caller sets none.
    pub fn deadline(self) -> Duration {
        Duration::from_secs(match self {
            Class::Read => 30,
            Class::Step => 45,
            Class::Debit => 60,
        })
    }

    /// Returns EPS's answer when all is well.
    pub fn good(self) -> &'static str {
        match self {
            Class::Read => {
                r#"{"status":0,"response_status_id":-1,"response_type_id":309,"message":"ok","data":{"customer_id":"9123456789","name":"Asha"}}"#
            }
            Class::Step => {
                r#"{"status":2129,"response_status_id":1,"response_type_id":2129,"message":"ok","data":{"otp_ref_id":"abc"}}"#
            }
            Class::Debit => {
                r#"{"status":0,"response_status_id":0,"response_type_id":325,"message":"ok","data":{"tx_status":"0","tid":"12971397","amount":"100.0"}}"#
            }
        }
    }

    /// Returns a documented answer other than `good`. It shows whether a call took an answer that was not its own.
    pub fn stale(self) -> &'static str {
        match self {
            Class::Read | Class::Step => {
                r#"{"status":463,"response_status_id":1,"response_type_id":308,"message":"stale","data":{}}"#
            }
            Class::Debit => {
                r#"{"status":0,"response_type_id":325,"message":"stale","data":{"tx_status":"2","tid":"666"}}"#
            }
        }
    }

    /// Returns the params of a call. Those of a step hold this many `lines` of 203 bytes each.
    pub fn params(self, reference: &str, lines: usize) -> String {
        let line = format!(r#""{}""#, "x".repeat(200));
        let lines = vec![line.as_str(); lines].join(",");
        match self {
            Class::Read => r#"{"customerId":"9123456789"}"#.into(),
            Class::Step => format!(
                r#"{{"customerId":"9123456789","name":"Asha","dob":"1990-05-15","residenceAddress":[{lines}],"clientRefId":"{reference}"}}"#
            ),
            Class::Debit => format!(
                r#"{{"recipientId":"117015428","amount":"100","customerId":"9000000003","otp":"{OTP}","otpRefId":"667007109","clientRefId":"{reference}"}}"#
            ),
        }
    }
}
