//! Generates the Rust code of the endpoints in `scratch`.

use std::path::Path;

fn main() -> Result<(), String> {
    println!("cargo::rerun-if-changed=scratch");
    let out = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    eko_eps_catalog::command(["gen", "--catalog", "scratch", "--out", &out].map(str::to_owned))?;
    // `include!` takes no file that begins with inner attributes, so it takes this one.
    let root = "#[path = \"src/api/generated/mod.rs\"]\npub mod generated;\n";
    std::fs::write(Path::new(&out).join("root.rs"), root).map_err(|error| error.to_string())
}
