//! `ledger-api sandbox`: the service with test accounts, a clock that may be moved, and calls that
//! do what people do.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use fixtures::sandbox::{ACCOUNTS, SITES, TESTERS, clients};
use ledger_core::ledger::Ledger;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, LogAt};
use crate::sandbox::secret_of;
use crate::session::Sessions;

/// Settings that nobody set, as a sandbox wants them: its own data; on loopback, sign-in as test
/// people.
pub fn settings(config: Config) -> Result<Config, ConfigError> {
    let own = PathBuf::from("data/sandbox");
    let unset = config.data == Path::new("data");
    let config = if unset {
        let log = match config.log {
            LogAt::File(path) if path == config.data.join("log") => LogAt::File(own.join("log")),
            other @ (LogAt::File(_) | LogAt::Memory | LogAt::KurrentDb(_)) => other,
        };
        Config { secret_file: own.join("secret"), data: own, log, ..config }
    } else {
        config
    };
    let demo = config.is_loopback();
    Config { sandbox: true, demo, ..config }.checked()
}

/// Sets up a log that is empty.
pub async fn prepare(
    ledger: &Ledger,
    clock: &Clock,
    sessions: &Sessions,
) -> Result<(), fixtures::sandbox::SandboxError> {
    fixtures::sandbox::set_up(ledger, clock.now(), |it| secret_of(sessions, it)).await
}

/// Where to look, and with what.
pub fn told(address: SocketAddr, config: &Config, sessions: &Sessions) -> String {
    let mut text = format!(
        "
Compte ressources, the sandbox: nothing is real

  Service         http://{address}/
  API             http://{address}/documentation
  Test accounts   GET http://{address}/api/v1/simulation

"
    );
    text.extend(ACCOUNTS.iter().map(|it| format!("  {:<22}{}\n", it.slug, it.what)));
    let clients = clients(|it| secret_of(sessions, it));
    text.extend(clients.iter().map(|(client, secret, registered)| {
        format!(
            "
  A token for « {} »:
    curl -s http://{address}/api/v1/oauth/token -d grant_type=client_credentials \\
      -d client_id={client} -d client_secret={secret}
",
            registered.name
        )
    }));
    text.extend([format!("\n  return_url may be on: {}\n", SITES.join(", "))]);
    if config.demo {
        text.extend([format!("\n  Sign in at http://{address}/connexion as a test person:\n")]);
        text.extend(TESTERS.iter().map(|it| format!("  {:<22}{}\n", it.slug, it.place)));
    }
    text.push_str("\nCtrl-C stops it; its data stays, and may be deleted. docs/sandbox.md has a walk-through.\n");
    text
}
