//! Every setting, read from the environment.
//!
//! | variable             | default                   | meaning                                               |
//! |----------------------|---------------------------|-------------------------------------------------------|
//! | `LEDGER_LISTEN`      | `127.0.0.1:8080`          | address and port to listen on                         |
//! | `LEDGER_PUBLIC_URL`  | none                      | how browsers and machines call the service: `https://compte.example` |
//! | `LEDGER_TLS_CERTIFICATE`, `LEDGER_TLS_KEY` | none | the service ends TLS itself, with this certificate and its key (PEM) |
//! | `LEDGER_TLS_CLIENT_CA` | none                    | who signs clients' certificates (PEM): they are asked for, and verified when shown |
//! | `LEDGER_SECURITY_CONTACT` | none                 | where to tell of a weakness, `mailto:` or `https:`: shown in `/.well-known/security.txt` |
//! | `LEDGER_DATA`        | `data`                    | directory of all that the service writes              |
//! | `LEDGER_LOG`         | `file:<LEDGER_DATA>/log`  | the event log: `file:<path>`, `kurrentdb://<servers>` (docs/operating.md), or `memory:` (lost at the end) |
//! | `LEDGER_SECRET_FILE` | `<LEDGER_DATA>/secret`    | key that signs sessions; made at the first start, 0600 |
//! | `LEDGER_SIREN`       | none                      | SIREN of who keeps the books: names the accounting file (FEC) |
//! | `LEDGER_SIGN_IN`     | none                      | file that says where people sign in (JSON, see docs/operating.md) |
//! | `LEDGER_DEMO`        | `no`                      | `yes`: sign-in by choosing a persona; on loopback only |
//! | `LEDGER_SETTLEMENTS` | `twice-monthly`           | how often partners are settled: `twice-monthly` (the 15th and the last day), or `monthly` |
//! | `LEDGER_RATE_LIMIT`  | `100000/5000`             | calls of the API that each client may send a minute, and at once; or `off` |
//! | `LEDGER_TRACE`       | `info`                    | what is logged: `warn`, `info`, `debug`, or a filter such as `info,ledger_api=debug` |
//! | `LEDGER_TRACE_FORMAT`| `text`                    | `text`, or `json`: one object a line                  |

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ledger_core::calendar::Rhythm;
pub use ledger_core::event_log::LogAt;
use ledger_core::event_log::at::LogAtError;
use ledger_core::identifiers::Siren;
use url::Url;

use crate::limits::Rate;
use crate::tls::TlsFiles;

/// Every setting; see the [module](self) for what each means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `LEDGER_LISTEN`.
    pub listen: SocketAddr,
    /// `LEDGER_PUBLIC_URL`: `http` or `https`, a name, a port perhaps, and nothing else.
    pub public_url: Option<Url>,
    /// `LEDGER_TLS_CERTIFICATE`, `LEDGER_TLS_KEY`, `LEDGER_TLS_CLIENT_CA`; `None`: without TLS.
    pub tls: Option<TlsFiles>,
    /// `LEDGER_SECURITY_CONTACT`.
    pub security_contact: Option<Url>,
    /// `LEDGER_DATA`.
    pub data: PathBuf,
    /// `LEDGER_LOG`.
    pub log: LogAt,
    /// `LEDGER_SECRET_FILE`.
    pub secret_file: PathBuf,
    /// `LEDGER_SIREN`.
    pub siren: Option<Siren>,
    /// `LEDGER_SIGN_IN`.
    pub sign_in: Option<PathBuf>,
    /// `LEDGER_DEMO`; only ever true on loopback.
    pub demo: bool,
    /// Whether nothing is real: `ledger-api sandbox`.
    pub sandbox: bool,
    /// `LEDGER_SETTLEMENTS`.
    pub settlements: Rhythm,
    /// `LEDGER_RATE_LIMIT`; `None` when it is `off`.
    pub rate_limit: Option<Rate>,
    /// `LEDGER_TRACE`.
    pub trace: String,
    /// `LEDGER_TRACE_FORMAT` is `json`.
    pub trace_json: bool,
}

/// A setting that cannot be used, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Its text is not what it should be.
    #[error("{variable} is `{value}`: expected {expected}")]
    Unreadable {
        /// Which one.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// `LEDGER_LOG` does not say where a log is.
    #[error("LEDGER_LOG is `{value}`: {why}")]
    Log {
        /// What it says, without a password.
        value: String,
        /// What would be right.
        why: LogAtError,
    },
    /// The demo's sign-in asks for no proof.
    #[error(
        "LEDGER_DEMO is `yes` and LEDGER_LISTEN is `{0}`: anybody could act as the accountant; \
         listen on loopback, for example 127.0.0.1:8080, or set LEDGER_DEMO to `no`"
    )]
    DemoBeyondLoopback(SocketAddr),
    /// A file of TLS is named without another one.
    #[error("{set} is set and {missing} is not: TLS takes a certificate and its key")]
    TlsIncomplete {
        /// Which one is.
        set: &'static str,
        /// Which one is not.
        missing: &'static str,
    },
    /// The service is called over TLS and says that it is not.
    #[error(
        "LEDGER_TLS_CERTIFICATE is set and LEDGER_PUBLIC_URL is `{0}`: expected an https address"
    )]
    PublicWithoutTls(Url),
    /// The demo prints and uses plain addresses of this machine.
    #[error(
        "LEDGER_TLS_CERTIFICATE is set for the demo, which is served without TLS: leave it out"
    )]
    DemoOverTls,
}

impl Config {
    /// Reads the settings from the environment.
    pub fn from_environment() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the settings with `var`, which gives a variable's value (`|name| env::var(name).ok()`).
    ///
    /// An empty value is a missing one.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let var = |name: &str| var(name).filter(|it| !it.is_empty());
        let data = PathBuf::from(var("LEDGER_DATA").unwrap_or_else(|| "data".into()));
        let config = Self {
            listen: match var("LEDGER_LISTEN") {
                None => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
                Some(value) => value.parse().map_err(|_| ConfigError::Unreadable {
                    variable: "LEDGER_LISTEN",
                    value,
                    expected: "an address and a port, for example 127.0.0.1:8080",
                })?,
            },
            public_url: var("LEDGER_PUBLIC_URL").map(public_url).transpose()?,
            tls: tls_files(var)?,
            security_contact: var("LEDGER_SECURITY_CONTACT").map(contact).transpose()?,
            log: match var("LEDGER_LOG") {
                None => LogAt::File(data.join("log")),
                Some(value) => log_at(&value)?,
            },
            secret_file: var("LEDGER_SECRET_FILE")
                .map_or_else(|| data.join("secret"), PathBuf::from),
            data,
            siren: var("LEDGER_SIREN").map(siren).transpose()?,
            sign_in: var("LEDGER_SIGN_IN").map(PathBuf::from),
            demo: one_of("LEDGER_DEMO", var("LEDGER_DEMO"), ["no", "yes"], "`yes` or `no`")?,
            sandbox: false,
            settlements: match var("LEDGER_SETTLEMENTS") {
                None => Rhythm::default(),
                Some(value) => value.parse().map_err(|_| ConfigError::Unreadable {
                    variable: "LEDGER_SETTLEMENTS",
                    value,
                    expected: "`twice-monthly` or `monthly`",
                })?,
            },
            rate_limit: match var("LEDGER_RATE_LIMIT") {
                None => Some(Rate::DEFAULT),
                Some(value) => rate_limit(value)?,
            },
            trace: var("LEDGER_TRACE").unwrap_or_else(|| "info".into()),
            trace_json: one_of(
                "LEDGER_TRACE_FORMAT",
                var("LEDGER_TRACE_FORMAT"),
                ["text", "json"],
                "`text` or `json`",
            )?,
        };
        config.checked()
    }

    /// These settings, if they may stand together: the demo stays on loopback, an address that is
    /// served over TLS is https.
    pub fn checked(self) -> Result<Self, ConfigError> {
        if self.demo && !self.is_loopback() {
            return Err(ConfigError::DemoBeyondLoopback(self.listen));
        }
        if self.demo && self.tls.is_some() {
            return Err(ConfigError::DemoOverTls);
        }
        if let (Some(_), Some(url)) = (&self.tls, &self.public_url)
            && url.scheme() != "https"
        {
            return Err(ConfigError::PublicWithoutTls(url.clone()));
        }
        Ok(self)
    }

    /// The file of the read models, which may be deleted at any time.
    pub fn read_models(&self) -> PathBuf {
        self.data.join("read-models")
    }

    /// Where files kept with payment orders are.
    pub fn vouchers(&self) -> PathBuf {
        self.data.join("vouchers")
    }

    /// Where pictures of offers are; deleted, they are fetched again.
    pub fn thumbnails(&self) -> PathBuf {
        self.data.join("thumbnails")
    }

    /// How the service is called, `https://compte.example`; `None` when it was not told.
    pub fn public_origin(&self) -> Option<String> {
        self.public_url.as_ref().map(|it| it.origin().ascii_serialization())
    }

    /// Whether whoever calls does so over TLS, which a proxy or the service ends.
    pub fn is_secure(&self) -> bool {
        match &self.public_url {
            Some(url) => url.scheme() == "https",
            None => self.tls.is_some() || !self.is_loopback(),
        }
    }

    /// The origin of addresses for whoever calls the service `host`; the public one when it is set.
    pub fn origin_for(&self, host: Option<&str>) -> String {
        self.public_origin().unwrap_or_else(|| {
            let scheme = if self.is_secure() { "https" } else { "http" };
            let host = host.map_or_else(|| self.listen.to_string(), str::to_owned);
            format!("{scheme}://{host}")
        })
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }
}

fn log_at(value: &str) -> Result<LogAt, ConfigError> {
    value.parse().map_err(|why| ConfigError::Log {
        // What stands before an `@` may be a password.
        value: value.rsplit_once('@').map_or(value, |it| it.1).to_owned(),
        why,
    })
}

fn tls_files(var: impl Fn(&str) -> Option<String>) -> Result<Option<TlsFiles>, ConfigError> {
    let [certificate, key, client_ca] =
        ["LEDGER_TLS_CERTIFICATE", "LEDGER_TLS_KEY", "LEDGER_TLS_CLIENT_CA"]
            .map(|name| (name, var(name).map(PathBuf::from)));
    let incomplete = |set, missing| Err(ConfigError::TlsIncomplete { set, missing });
    match (certificate.1, key.1, client_ca.1) {
        (Some(certificate), Some(key), client_ca) => {
            Ok(Some(TlsFiles { certificate, key, client_ca }))
        }
        (Some(_), None, _) => incomplete(certificate.0, key.0),
        (None, Some(_), _) => incomplete(key.0, certificate.0),
        (None, None, Some(_)) => incomplete(client_ca.0, certificate.0),
        (None, None, None) => Ok(None),
    }
}

fn public_url(value: String) -> Result<Url, ConfigError> {
    let bare = |it: &Url| {
        let nothing_else = it.path() == "/" && it.query().is_none() && it.fragment().is_none();
        nothing_else && it.username().is_empty() && it.password().is_none()
    };
    let url = value.parse::<Url>().ok();
    let url = url.filter(|it| matches!(it.scheme(), "http" | "https") && bare(it));
    url.ok_or(ConfigError::Unreadable {
        variable: "LEDGER_PUBLIC_URL",
        value,
        expected: "http or https and a name, for example https://compte.example",
    })
}

fn contact(value: String) -> Result<Url, ConfigError> {
    let url = value.parse::<Url>().ok();
    url.filter(|it| matches!(it.scheme(), "mailto" | "https")).ok_or(ConfigError::Unreadable {
        variable: "LEDGER_SECURITY_CONTACT",
        value,
        expected: "mailto: or https:, for example mailto:security@compte.example",
    })
}

fn rate_limit(value: String) -> Result<Option<Rate>, ConfigError> {
    if value == "off" {
        return Ok(None);
    }
    value.parse().map(Some).map_err(|()| ConfigError::Unreadable {
        variable: "LEDGER_RATE_LIMIT",
        value,
        expected: "`off`, or calls a minute (1 to 60000000) and at once, for example 100000/5000",
    })
}

fn siren(value: String) -> Result<Siren, ConfigError> {
    value.parse().map_err(|_| ConfigError::Unreadable {
        variable: "LEDGER_SIREN",
        value,
        expected: "the nine digits of a SIREN",
    })
}

/// Whether `value` is the second of `words`; missing, it is the first.
fn one_of(
    variable: &'static str,
    value: Option<String>,
    words: [&str; 2],
    expected: &'static str,
) -> Result<bool, ConfigError> {
    match value {
        None => Ok(false),
        Some(value) if value == words[0] => Ok(false),
        Some(value) if value == words[1] => Ok(true),
        Some(value) => Err(ConfigError::Unreadable { variable, value, expected }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            set.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_need_be_set() {
        let config = read(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.log, LogAt::File("data/log".into()));
        assert_eq!(config.secret_file, PathBuf::from("data/secret"));
        assert!(!config.demo);
        assert_eq!(config.rate_limit, Some(Rate::DEFAULT));
        assert_eq!(read(&[("LEDGER_RATE_LIMIT", "off")]).unwrap().rate_limit, None);
        assert_eq!(read(&[("LEDGER_DEMO", "")]), Ok(config));
    }

    #[test]
    fn what_is_kept_follows_the_data_directory_unless_told() {
        let config = read(&[("LEDGER_DATA", "/srv"), ("LEDGER_LOG", "memory:")]).unwrap();
        assert_eq!((config.log, config.secret_file), (LogAt::Memory, "/srv/secret".into()));
    }

    #[test]
    fn a_log_on_servers_that_cannot_be_read_says_why_without_the_password() {
        let said = read(&[("LEDGER_LOG", "kurrentdb://u:secret@db?x=1")]).unwrap_err().to_string();
        assert!(said.starts_with("LEDGER_LOG is `db?x=1`: there is no value `x`"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }

    #[test]
    fn a_setting_that_cannot_be_read_says_what_would_be_right() {
        for (variable, value, expected) in [
            ("LEDGER_LISTEN", "8080", "127.0.0.1:8080"),
            ("LEDGER_LOG", "postgres:", "file:"),
            ("LEDGER_LOG", "file:", "file:"),
            ("LEDGER_SIREN", "123456789", "nine digits"),
            ("LEDGER_DEMO", "1", "`yes` or `no`"),
            ("LEDGER_TRACE_FORMAT", "xml", "`json`"),
            ("LEDGER_SETTLEMENTS", "weekly", "`monthly`"),
            ("LEDGER_RATE_LIMIT", "none", "100000/5000"),
            ("LEDGER_PUBLIC_URL", "compte.example", "https://compte.example"),
            ("LEDGER_PUBLIC_URL", "https://compte.example/ici", "https://compte.example"),
            ("LEDGER_PUBLIC_URL", "https://moi@compte.example", "https://compte.example"),
            ("LEDGER_SECURITY_CONTACT", "http://compte.example", "mailto:"),
        ] {
            let told = read(&[(variable, value)]).unwrap_err().to_string();
            assert!(told.contains(&format!("{variable} is `{value}`")), "{told}");
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn it_is_over_tls_where_the_public_address_says_so() {
        for (listen, public, secure) in [
            ("127.0.0.1:80", "", false),
            ("0.0.0.0:80", "", true),
            ("127.0.0.1:80", "https://compte.example", true),
            ("0.0.0.0:80", "http://intranet:8080", false),
        ] {
            let config = read(&[("LEDGER_LISTEN", listen), ("LEDGER_PUBLIC_URL", public)]);
            assert_eq!(config.unwrap().is_secure(), secure, "{listen} {public}");
        }
        let config = read(&[("LEDGER_PUBLIC_URL", "https://compte.example:443/")]).unwrap();
        assert_eq!(config.origin_for(Some("other")), "https://compte.example");
    }

    #[test]
    fn tls_takes_a_certificate_and_its_key_and_an_https_address() {
        let (certificate, key) = (("LEDGER_TLS_CERTIFICATE", "c"), ("LEDGER_TLS_KEY", "k"));
        let config = read(&[certificate, key]).unwrap();
        assert!(config.is_secure(), "on loopback too");
        assert_eq!(config.origin_for(Some("compte.example")), "https://compte.example");
        for (set, told) in [
            (&[certificate][..], "LEDGER_TLS_KEY is not"),
            (&[key], "LEDGER_TLS_CERTIFICATE is not"),
            (&[("LEDGER_TLS_CLIENT_CA", "ca")], "LEDGER_TLS_CERTIFICATE is not"),
            (&[certificate, key, ("LEDGER_PUBLIC_URL", "http://x.example")], "expected an https"),
            (&[certificate, key, ("LEDGER_DEMO", "yes")], "without TLS"),
        ] {
            let refused = read(set).unwrap_err().to_string();
            assert!(refused.contains(told), "{set:?}: {refused}");
        }
    }

    #[test]
    fn the_demo_is_refused_beyond_loopback() {
        for listen in ["0.0.0.0:8080", "[::]:8080", "192.168.1.2:80"] {
            let told = read(&[("LEDGER_DEMO", "yes"), ("LEDGER_LISTEN", listen)]).unwrap_err();
            assert_eq!(told, ConfigError::DemoBeyondLoopback(listen.parse().unwrap()));
        }
        assert!(read(&[("LEDGER_DEMO", "yes"), ("LEDGER_LISTEN", "[::1]:8080")]).is_ok());
    }
}
