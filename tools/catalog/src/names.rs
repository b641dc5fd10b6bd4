//! Converts names and texts into the spelling of Rust and TypeScript.

use std::collections::BTreeSet;

/// Converts to camel case: `otp_ref_id`, `transaction-reference`, `Recharge Type` -> `otpRefId`, `transactionReference`, `rechargeType`.
pub fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Converts to Pascal case: `dmt.getSender` -> `DmtGetSender`.
pub fn pascal(name: &str) -> String {
    let upper = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter_map(upper).collect()
}

/// Converts to snake case: `otpRefId`, `CustomerProfile` -> `otp_ref_id`, `customer_profile`.
pub fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Converts to the case of constants: `getSender` -> `GET_SENDER`.
pub fn shout(name: &str) -> String {
    snake(name).to_uppercase()
}

/// Converts the name of a member or an argument into a Rust identifier. A keyword becomes a raw identifier.
pub fn ident(name: &str) -> String {
    const KEYWORDS: &str = " as async await break const continue dyn else enum extern fn for if impl in let loop match mod move \
        mut pub ref return static struct trait type unsafe use where while abstract become box do final macro override priv \
        try typeof unsized virtual yield gen ";
    let name = snake(name);
    if KEYWORDS.contains(&format!(" {name} ")) { format!("r#{name}") } else { name }
}

/// Returns the text as a TypeScript string literal.
pub fn quote(text: &str) -> String {
    if text.contains('\'') && !text.contains(['"', '\\', '\n']) {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

/// Returns the `names` that occur in the code, sorted. Comments and texts in double quotes are ignored.
pub fn used(names: Vec<String>, code: &str) -> Vec<String> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let code = lines.collect::<Vec<_>>().join("\n").replace("\\\\", "").replace("\\\"", "");
    let parts = code.split('"').step_by(2);
    let words: BTreeSet<&str> = parts.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_')).collect();
    let names: BTreeSet<String> = names.into_iter().filter(|name| words.contains(name.as_str())).collect();
    names.into_iter().collect()
}
