//! `ledger-api bank`: the deposit account, and its statements.
//!
//! It writes to the log itself, so the service must be stopped; while it runs, statements are
//! imported on its page « Banque ».

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use ledger_core::bank::{BankAccount, BankAccountOpened, BankCommand};
use ledger_core::event_log::EventLog;
use ledger_core::ids::BankAccountId;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::Iban;

use super::store;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, LogAt};
use crate::session::Sessions;
use crate::treasury::{FILE_MAX, take_in_statements};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the account that partners are paid from and funds arrive on; again changes nothing.
    #[command(after_long_help = "Example:\n  ledger-api bank open \
        --iban FR1420041010050500013M02606 --holder 'Agence comptable'")]
    Open {
        /// Its number, with or without spaces.
        #[arg(long)]
        iban: Iban,
        /// Whose account it is, as in files for the bank; 1 to 70 characters.
        #[arg(long)]
        holder: String,
    },
    /// Take in a file of statements (camt.053); one taken in twice counts once.
    #[command(after_long_help = "Example:\n  ledger-api bank import releve-2026-10-02.xml\n\
        Statements follow each other: each opens with the balance that the last one closed with.")]
    Import {
        /// The file, as the bank sent it.
        file: PathBuf,
    },
}

/// Does what was asked; gives what is to be shown.
pub(super) async fn run(command: Command, config: Config) -> Result<String, Box<dyn Error>> {
    if let LogAt::Memory = config.log {
        return Err("LEDGER_LOG is `memory:`: a bank account is kept in a log of a file".into());
    }
    let log = store::open(&config.log)?;
    let (clock, ledger) = (Clock::default(), Ledger::new(log.clone(), CacheSizes::default()));
    let meta = Meta { at: clock.now(), by: Actor::OPERATOR, cause: clock.id() };
    match command {
        Command::Open { iban, holder } => open(&ledger, iban, &holder, meta).await,
        Command::Import { file } => {
            let content = read(&file)?;
            let models = store::read_models(&config, log.clone()).await?;
            models.at_least(log.end().await?, store::CATCH_UP_MAX).await?;
            let sessions = Sessions::open(&config.secret_file, config.is_secure())?;
            let app = App::new(config, ledger, models, clock, sessions)?;
            import(&app, &file, &content, meta).await
        }
    }
}

async fn open(
    ledger: &Ledger,
    iban: Iban,
    holder: &str,
    meta: Meta,
) -> Result<String, Box<dyn Error>> {
    let account = BankAccountId::of(iban.as_str());
    let told = format!("{account}: {} is open.", iban.as_str());
    let open = BankCommand::Open(BankAccountOpened { iban, holder: holder.into(), by: meta.by });
    ledger.execute::<BankAccount>(account, &open, meta).await?;
    Ok(told)
}

/// The bytes of `file`, if there are not too many.
fn read(file: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let size = std::fs::metadata(file).map_err(|error| wrong(&error))?.len();
    if size > FILE_MAX as u64 {
        let most = FILE_MAX >> 20;
        return Err(wrong(&format_args!(
            "{} MiB: expected at most {most}; ask the bank for shorter periods",
            size >> 20
        ))
        .into());
    }
    Ok(std::fs::read(file).map_err(|error| wrong(&error))?)
}

async fn import(
    app: &App,
    file: &Path,
    content: &[u8],
    meta: Meta,
) -> Result<String, Box<dyn Error>> {
    let taken = take_in_statements(app, content, meta).await;
    let taken = taken.map_err(|it| {
        let why = it.told.unwrap_or(it.detail);
        format!("{}: {why}", file.display())
    })?;
    Ok(format!("{} statements taken in, {} were before.", taken.new, taken.before))
}

#[cfg(test)]
mod tests {
    use fixtures::bank_files;
    use ledger_core::money::{Balance, Budget};

    use super::*;
    const IBAN: &str = "FR1420041010050500013M02606";

    fn statement(reference: &str, opening: u64) -> String {
        let line = bank_files::Line {
            amount: Budget::from_cents(5_00).unwrap(),
            incoming: true,
            code: ("PMNT", "RCDT", "ESCT"),
            end_to_end: String::new(),
            text: "inconnu".into(),
            returned: "",
        };
        let day = "2026-10-02".parse().unwrap();
        bank_files::statement(IBAN, reference, day, Balance::from_cents(opening), &[line])
    }

    #[tokio::test]
    async fn statements_are_taken_in_once_and_in_their_order() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().to_str().unwrap().to_owned();
        let config = || {
            let data = data.clone();
            Config::read(|name| (name == "LEDGER_DATA").then(|| data.clone())).unwrap()
        };
        let import = async |text: &str| {
            let file = directory.path().join("releve.xml");
            std::fs::write(&file, text).unwrap();
            run(Command::Import { file }, config()).await.map_err(|it| it.to_string())
        };
        let early = import(&statement("2026-1", 0)).await.unwrap_err();
        assert!(early.contains("releve.xml"), "{early}");

        for _ in 0..2 {
            let open = Command::Open { iban: IBAN.parse().unwrap(), holder: "Agence".into() };
            assert!(run(open, config()).await.unwrap().contains(IBAN));
        }
        let first = statement("2026-1", 0);
        assert_eq!(import(&first).await.unwrap(), "1 statements taken in, 0 were before.");
        assert_eq!(import(&first).await.unwrap(), "0 statements taken in, 1 were before.");
        import(&statement("2026-3", 10_00)).await.unwrap_err();
        import(&first[..first.len() / 2]).await.unwrap_err();
        let second = import(&statement("2026-2", 5_00)).await.unwrap();
        assert_eq!(second, "1 statements taken in, 0 were before.");
    }
}
