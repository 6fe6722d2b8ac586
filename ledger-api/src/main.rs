//! The binary: reads the settings, then does what its command line asks.

use std::process::ExitCode;

use clap::Parser;
use ledger_api::cli::Cli;
use ledger_api::config::Config;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match Config::from_environment().map_err(Into::into).and_then(|it| cli.run(it)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            #[expect(clippy::print_stderr, reason = "the command line's own answer")]
            {
                eprintln!("ledger-api: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}
