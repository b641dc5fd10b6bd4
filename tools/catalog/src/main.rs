//! Command line of the catalogue tool.

use std::process::ExitCode;

fn main() -> ExitCode {
    match eko_eps_catalog::command(std::env::args_os().skip(1)) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
