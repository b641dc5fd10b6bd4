//! Build script. Sets linker options of the native Node.js module.

fn main() {
    #[cfg(feature = "node-client")]
    {
        napi_build::setup();
        // Keeps the module mapped after the last worker thread that loaded it has ended, because the engine's thread
        // still runs its code. `rustc-link-arg-cdylib` has no effect here: the scripts ask cargo for the cdylib, and
        // Cargo.toml does not declare one.
        if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
            println!("cargo:rustc-link-arg=-Wl,-z,nodelete");
        }
    }
}
