//! Build script. Sets linker options of the native Node.js module.

fn main() {
    #[cfg(feature = "node-client")]
    {
        napi_build::setup();
        // Keeps the native module in memory after the last worker thread that loaded it has ended. The module's own
        // network thread still runs its code then. `rustc-link-arg-cdylib` has no effect here: the build scripts ask
        // cargo for a cdylib on the command line, and Cargo.toml does not declare one.
        if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
            println!("cargo:rustc-link-arg=-Wl,-z,nodelete");
        }
    }
}
