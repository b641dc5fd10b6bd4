//! (endpoint, status, headers, body) -> outcome. Pure.

mod meta;

pub use meta::Meta;
