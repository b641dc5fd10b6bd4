//! Names in the spellings of the languages.

/// `otp_ref_id`, `transaction-reference`, `Recharge Type` -> `otpRefId`, `transactionReference`, `rechargeType`
pub fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// `dmt.getSender` -> `DmtGetSender`
pub fn pascal(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
        })
        .collect()
}

/// `otpRefId`, `CustomerProfile` -> `otp_ref_id`, `customer_profile`
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

/// `getSender` -> `GET_SENDER`
pub fn shout(name: &str) -> String {
    snake(name).to_uppercase()
}

/// A Rust name for a field or an argument; a keyword becomes a raw name.
pub fn ident(name: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum", "extern",
        "final", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "override", "pub",
        "ref", "return", "static", "struct", "trait", "type", "unsafe", "use", "virtual", "where", "while", "yield",
        "abstract", "become", "macro", "priv", "try",
    ];
    let name = snake(name);
    if KEYWORDS.contains(&name.as_str()) { format!("r#{name}") } else { name }
}
