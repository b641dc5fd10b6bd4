//! Prepares the native module; generates nothing.

fn main() {
    #[cfg(feature = "node")]
    napi_build::setup();
}
