//! Rust code that the catalogue tool generates for unusual endpoints of EPS (`scratch`). That it compiles is the first test.

// The generated code expects these names in its own crate.
mod api {
    pub use eko_eps::__private::sealed;
    pub use eko_eps::{DebitRequest, Request};
}
pub use eko_eps::__private::catalog;
mod error {
    pub use eko_eps::Code;
}

include!(concat!(env!("OUT_DIR"), "/root.rs"));
