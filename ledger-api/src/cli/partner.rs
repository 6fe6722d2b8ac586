//! `ledger-api partner`: who sells resources.
//!
//! It writes to the log itself, so the service must be stopped; only `list` works beside it. Bank
//! details take two people, who sign in: they are proposed and approved on the page
//! « Partenaires ».

use std::error::Error;

use clap::Subcommand;
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::event_log::{EventLog, Log};
use ledger_core::identifiers::Siret;
use ledger_core::ids::PartnerId;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::{
    FeedDeclared, FeedFormat, FeedRemoved, Partner, PartnerCommand, PartnerEvent,
    PartnerRegistered, SitesDeclared,
};
use ledger_core::stream::Category;

use super::store;
use crate::clock::Clock;
use crate::config::{Config, LogAt};

/// How many events are read at once.
const PAGE: usize = 4096;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a partner; again changes nothing.
    #[command(after_long_help = "Example:\n  ledger-api partner register --siret 11004601800013 \
        --name 'Éditions du Préau' --agreement CONV-2026-1")]
    Register {
        /// Its establishment: fourteen digits.
        #[arg(long)]
        siret: Siret,
        /// Its trade name; 1 to 140 characters.
        #[arg(long)]
        name: String,
        /// The signed agreement; 1 to 200 characters.
        #[arg(long)]
        agreement: String,
    },
    /// Declare where a partner's feed is, in place of the one that tells the same; or remove it.
    #[command(
        after_long_help = "Example:\n  ledger-api partner feed --partner par_… --format oai \
        --url https://depot.example/oai"
    )]
    Feed {
        /// Whose.
        #[arg(long)]
        partner: PartnerId,
        /// How it is written: json, onix, csv (what is sold), oai (notices), gar (access).
        #[arg(long)]
        format: FeedFormat,
        /// Its address: https:// and a name.
        #[arg(long, required_unless_present = "remove", conflicts_with = "remove")]
        url: Option<String>,
        /// Another host that its pictures are on, as images.preau.example; as often as needed.
        #[arg(long, conflicts_with = "remove")]
        host: Vec<String>,
        /// Ask it no more.
        #[arg(long)]
        remove: bool,
    },
    /// Say on which sites a partner sells, in place of what was said before: teachers who pay there
    /// are only sent back to these.
    #[command(after_long_help = "Example:\n  ledger-api partner sites --partner par_… \
        --site https://boutique.example --site https://www.preau.example")]
    Sites {
        /// Whose.
        #[arg(long)]
        partner: PartnerId,
        /// An origin: https:// and a name; as often as needed, none for no site.
        #[arg(long)]
        site: Vec<String>,
    },
    /// List all partners, whether they sell, and whether they can be paid.
    List,
}

/// Does what was asked; gives what is to be shown.
pub(super) async fn run(command: Command, config: &Config) -> Result<String, Box<dyn Error>> {
    match command {
        Command::List => list(&store::open_to_read(&config.log)?).await,
        Command::Register { siret, name, agreement } => {
            let (ledger, meta) = writing(config)?;
            let (name, agreement) = (name.trim().into(), agreement.trim().into());
            register(&ledger, PartnerRegistered { siret, name, agreement }, meta).await
        }
        Command::Feed { partner, format, url, host, remove: _ } => {
            let (ledger, meta) = writing(config)?;
            let hosts = host.iter().map(|it| it.as_str().into()).collect();
            let (command, done) = if let Some(url) = url {
                let url = url.trim().into();
                let declared = FeedDeclared { url, format, hosts };
                (PartnerCommand::DeclareFeed(declared), "is declared: it is read next time")
            } else {
                let removed = PartnerCommand::RemoveFeed(FeedRemoved { format });
                (removed, "is removed: what it told stays until another one says otherwise")
            };
            ledger.execute::<Partner>(partner, &command, meta).await?;
            Ok(format!("{partner}: its {} feed {done}.", format.name()))
        }
        Command::Sites { partner, site } => {
            let (ledger, meta) = writing(config)?;
            let sites = site.iter().map(|it| it.trim().trim_end_matches('/').into()).collect();
            let declare = PartnerCommand::DeclareSites(SitesDeclared { sites });
            ledger.execute::<Partner>(partner, &declare, meta).await?;
            Ok(format!("{partner}: sells on {}.", site.join(", ")))
        }
    }
}

/// The ledger to write to, when and by whom.
fn writing(config: &Config) -> Result<(Ledger, Meta), Box<dyn Error>> {
    if let LogAt::Memory = config.log {
        return Err("LEDGER_LOG is `memory:`: partners are kept in a log of a file".into());
    }
    let ledger = Ledger::new(store::open(&config.log)?, CacheSizes::default());
    let clock = Clock::default();
    Ok((ledger, Meta { at: clock.now(), by: Actor::OPERATOR, cause: clock.id() }))
}

async fn register(
    ledger: &Ledger,
    partner: PartnerRegistered,
    meta: Meta,
) -> Result<String, Box<dyn Error>> {
    let id = PartnerId::of(partner.siret);
    let told = format!(
        "{id}: {} is registered.\nIt is paid once two people have proposed and approved its bank \
         details, at /comptable/partenaires/{id}.",
        partner.name
    );
    ledger.execute::<Partner>(id, &PartnerCommand::Register(partner), meta).await?;
    Ok(told)
}

/// Every partner, read from the log.
async fn list(log: &Log) -> Result<String, Box<dyn Error>> {
    let mut partners: Vec<(PartnerId, Partner)> = Vec::new();
    let mut after = 0;
    loop {
        let page = log.read_all(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in page.iter().filter(|it| it.stream.category == Category::Partner) {
            let id = PartnerId(recorded.stream.id);
            let event = PartnerEvent::read(recorded)?;
            if let Some((_, partner)) = partners.iter_mut().find(|it| it.0 == id) {
                partner.evolve(&event);
            } else {
                partners.push((id, Partner::default().after([&event])));
            }
        }
    }
    let mut text = format!("{} partners", partners.len());
    for (id, partner) in partners {
        text.push_str(&told(id, &partner));
    }
    Ok(text)
}

fn told(id: PartnerId, partner: &Partner) -> String {
    let Some(registered) = &partner.registered else { return format!("\n{id}  not registered") };
    let sells = match &partner.suspended {
        None => "sells".to_owned(),
        Some(reason) => format!("suspended: {reason}"),
    };
    let paid = match (&partner.approved, &partner.proposed) {
        (Some(_), None) => "bank details approved",
        (Some(_), Some(_)) => "bank details approved, others to be approved",
        (None, Some(_)) => "bank details to be approved",
        (None, None) => "no bank details",
    };
    let mut text = format!(
        "\n{id}  {}\n    SIRET {}, {}\n    {sells}; {paid}",
        registered.name, registered.siret, registered.agreement
    );
    for feed in &partner.feeds {
        text.push_str(&["\n    feed ", feed.format.name(), ": ", &feed.url].concat());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_partner_is_registered_once_and_listed() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().to_str().unwrap().to_owned();
        let config = Config::read(|name| (name == "LEDGER_DATA").then(|| data.clone())).unwrap();
        let register = async |name: &str| {
            let (siret, name) = ("11004601800013".parse().unwrap(), name.to_owned());
            let command = Command::Register { siret, name, agreement: "CONV-2026-1".into() };
            run(command, &config).await.map_err(|it| it.to_string())
        };
        for _ in 0..2 {
            assert!(register("Éditions du Préau").await.unwrap().contains("par_"));
        }
        assert!(register("Autre").await.unwrap_err().contains("another identity"));
        assert!(register(" ").await.is_err());
        let listed = run(Command::List, &config).await.unwrap();
        assert!(listed.starts_with("1 partners\n"), "{listed}");
        assert!(listed.contains("Éditions du Préau\n    SIRET 11004601800013"), "{listed}");
        assert!(listed.contains("sells; no bank details"), "{listed}");
    }

    #[tokio::test]
    async fn a_feed_is_declared_in_place_of_another_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().to_str().unwrap().to_owned();
        let config = Config::read(|name| (name == "LEDGER_DATA").then(|| data.clone())).unwrap();
        let siret: Siret = "11004601800013".parse().unwrap();
        let (name, agreement) = ("Dépôt".to_owned(), "CONV-2026-1".to_owned());
        run(Command::Register { siret, name, agreement }, &config).await.unwrap();
        let partner = PartnerId::of(siret);
        let feed = async |format: FeedFormat, url: Option<&str>| {
            let (url, remove) = (url.map(ToOwned::to_owned), url.is_none());
            let command = Command::Feed { partner, format, url, host: vec![], remove };
            run(command, &config).await.map_err(|it| it.to_string())
        };
        for url in ["https://a.example/oai", "https://b.example/oai", "https://b.example/oai"] {
            let told = feed(FeedFormat::Oai, Some(url)).await.unwrap();
            assert!(told.contains("its oai feed is declared"), "{told}");
        }
        feed(FeedFormat::Json, Some("https://a.example/offers.json")).await.unwrap();
        assert!(feed(FeedFormat::Csv, Some("pas une adresse")).await.is_err());
        let listed = run(Command::List, &config).await.unwrap();
        assert!(listed.contains("    feed json: https://a.example/offers.json\n"), "{listed}");
        assert!(listed.ends_with("    feed oai: https://b.example/oai"), "{listed}");
        feed(FeedFormat::Oai, None).await.unwrap();
        assert!(feed(FeedFormat::Oai, None).await.is_err(), "there is none");
        assert!(!run(Command::List, &config).await.unwrap().contains("oai"));
    }
}
