//! `ledger-api demo`: the service with a school year of data and the partners' own site.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use fixtures::partner_site::shop::Shop;
use fixtures::partners::PARTNERS;
use fixtures::personas::{PERSONAS, Persona};
use fixtures::year::{self, Setting, funders};
use ledger_core::event_log::EventLog;
use ledger_core::ledger::{ExecuteError, Ledger};
use ledger_core::meta::{Actor, Meta};
use ledger_core::partner::{FeedDeclared, Partner, PartnerCommand, SitesDeclared};

use crate::clock::Clock;
use crate::config::{Config, LogAt};
use crate::vouchers::Vouchers;

/// Where the partners' site listens unless something else does.
const SITE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8091);

/// Settings that nobody set, as the demo wants them: its own data, and sign-in by persona.
pub fn settings(config: Config) -> Result<Config, Box<dyn Error>> {
    let demo = PathBuf::from("data/demo");
    let unset = config.data == Path::new("data");
    let config = if unset {
        let log = match config.log {
            LogAt::File(path) if path == config.data.join("log") => LogAt::File(demo.join("log")),
            other @ (LogAt::File(_) | LogAt::Memory | LogAt::KurrentDb(_)) => other,
        };
        Config { secret_file: demo.join("secret"), data: demo, log, ..config }
    } else {
        config
    };
    Ok(Config { demo: true, ..config }.checked()?)
}

/// Serves the partners' site, and tells the school year to a log that is empty.
pub async fn prepare(
    address: SocketAddr,
    ledger: &Ledger,
    pseudonyms: [u8; 32],
    vouchers: &Vouchers,
    clock: &Clock,
) -> Result<String, Box<dyn Error>> {
    let bound = match fixtures::partner_site::bind(SITE).await {
        Ok(bound) => bound,
        Err(_) => fixtures::partner_site::bind(SocketAddr::new(SITE.ip(), 0)).await?,
    };
    let (listener, site, base) = bound;
    let shop = Shop::new(site.clone(), &base, &format!("http://{address}"), || {
        Clock::default().opaque_id()
    })?;
    tokio::spawn(async move {
        if let Err(failure) = fixtures::partner_site::serve(listener, site, Some(shop)).await {
            tracing::error!("The demo partners' site: {failure}");
        }
    });
    if ledger.log().end().await? == 0 {
        tracing::info!("Telling the demo's school year");
        let setting = Setting { today: clock.today(), base: base.clone(), pseudonyms };
        for file in year::tell(ledger, &setting).await? {
            vouchers.keep(&file)?;
        }
    }
    for partner in &PARTNERS {
        let feed = FeedDeclared {
            url: partner.feed_url(&base).into(),
            format: partner.format,
            hosts: vec![],
        };
        let meta = Meta { at: clock.now(), by: Actor::OPERATOR, cause: clock.id() };
        let declare = PartnerCommand::DeclareFeed(feed);
        let sites = SitesDeclared { sites: vec![base.as_str().into()] };
        for command in [declare, PartnerCommand::DeclareSites(sites)] {
            match ledger.execute::<Partner>(partner.id(), &command, meta).await {
                // A log of somebody's own has other partners.
                Ok(_) | Err(ExecuteError::Refused(_)) => (),
                Err(failure) => return Err(failure.into()),
            }
        }
    }
    Ok(base)
}

/// Where to look and as whom.
pub fn told(address: SocketAddr, site: &str) -> String {
    let mut text = format!(
        "
Compte ressources, la démonstration

  Le service          http://{address}/
  Se connecter        http://{address}/connexion   (choisir une personne)
  Catalogue           http://{address}/catalogue
  API                 http://{address}/api/v1/openapi.json
  Sites partenaires   {site}/   (mettre au panier, payer, revenir)

"
    );
    let who = |it: &Persona| format!("  {:<20}{:<20}{}\n", it.slug, it.name, it.place);
    text.extend(PERSONAS.iter().map(who));
    if let Some((client, secret, _)) = funders::client("region") {
        text.extend([format!(
            "
  Un jeton pour l’API de la région :
    curl -s http://{address}/api/v1/oauth/token -d grant_type=client_credentials \\
      -d client_id={client} -d client_secret={secret}
"
        )]);
    }
    let (client, secret, _) = funders::partner_client(&PARTNERS[0]);
    text.extend([format!(
        "
  Un jeton pour l’API d’un partenaire :
    curl -s http://{address}/api/v1/oauth/token -d grant_type=client_credentials \\
      -d client_id={client} -d client_secret={secret}
"
    )]);
    text.push_str("\nCtrl-C pour arrêter; les données restent, et peuvent être effacées.\n");
    text
}
