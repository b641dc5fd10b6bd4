//! Prepares the native module; generates nothing.

fn main() {
    #[cfg(feature = "node-client")]
    {
        napi_build::setup();
        // Worker threads come and go, the engine's thread stays: its code must stay mapped when the last worker that
        // loaded the module has ended. Not for the cdylib alone: the scripts ask cargo for one, the manifest does not.
        if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
            println!("cargo:rustc-link-arg=-Wl,-z,nodelete");
        }
    }
}
