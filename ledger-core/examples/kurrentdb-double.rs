//! The double of KurrentDB's server as a program, for checks by other clients: says where it is,
//! serves until its standard input ends, and then says what it has to complain of.
#![expect(clippy::print_stdout, reason = "what it says is read by who started it")]

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use ledger_core::event_log::kurrentdb::double::Double;

#[tokio::main]
async fn main() -> std::io::Result<ExitCode> {
    let double = Double::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    // Python's client sends no password over a connection that is not encrypted.
    double.let_everybody_in();
    println!("{}", double.url(""));
    let until_its_end = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(until_its_end).await??;
    let complaints = double.complaints();
    for it in &complaints {
        println!("{it}");
    }
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
