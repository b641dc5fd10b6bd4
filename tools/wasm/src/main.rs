//! Runs wasm-bindgen as a library, so that nobody has to install its command line: `wasm <in.wasm> <out folder>`.
//!
//! Writes `signer_bg.wasm` and the glue code `signer_bg.js` of wasm-bindgen's target `bundler`. The third file of that
//! target is removed: `js/signer/core.mts` does its work in a way that every runtime allows.

use std::error::Error;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

/// Exports that wasm-bindgen adds. Its glue code does not use them, because the signer's functions take and return only
/// numbers.
const UNUSED: [&str; 2] = ["__abort_handler", "__instance_terminated"];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, folder] = arguments.as_slice() else {
        return Err("usage: wasm <in.wasm> <out folder>".into());
    };
    same_version(include_str!("../../../Cargo.lock"))?;

    let mut output = Bindgen::new()
        .input_path(input)
        .out_name("signer")
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .bundler(true)?
        .generate_output()?;
    for name in UNUSED {
        output.wasm_mut().exports.remove(name)?;
    }
    if output.js().contains("getObject") || output.wasm().imports.iter().next().is_some() {
        return Err("the signer's functions must take and give numbers only: the module has imports".into());
    }
    output.emit(folder)?;
    std::fs::remove_file(Path::new(folder).join("signer.js"))?;
    Ok(())
}

/// Checks in Cargo.lock that the library in the wasm file and the tool that rewrites the file have the same version.
fn same_version(lock: &str) -> Result<(), String> {
    let version = |name: &str| {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let found = lock.split_once(&entry).and_then(|(_, rest)| rest.split_once('"'));
        found.map(|(version, _)| version.to_owned()).ok_or(format!("{name} is not in Cargo.lock"))
    };
    let (library, tool) = (version("wasm-bindgen")?, version("wasm-bindgen-cli-support")?);
    if library == tool {
        return Ok(());
    }
    Err(format!(
        "wasm-bindgen is {library} and wasm-bindgen-cli-support is {tool} in Cargo.lock: run \"cargo update -p wasm-bindgen-cli-support --precise {library}\""
    ))
}

#[cfg(test)]
mod tests {
    use super::same_version;

    fn lock(library: &str, tool: &str) -> String {
        format!(
            "[[package]]\nname = \"wasm-bindgen\"\nversion = \"{library}\"\n\n[[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"{tool}\"\n"
        )
    }

    #[test]
    fn one_version_passes() {
        assert_eq!(same_version(&lock("0.2.130", "0.2.130")), Ok(()));
    }

    #[test]
    fn two_versions_are_refused_with_the_command_that_helps() {
        let error = same_version(&lock("0.2.130", "0.2.131")).expect_err("two versions");
        assert!(error.contains("--precise 0.2.130"), "{error}");
    }

    #[test]
    fn an_absent_package_is_named() {
        assert_eq!(same_version(""), Err("wasm-bindgen is not in Cargo.lock".to_owned()));
    }
}
