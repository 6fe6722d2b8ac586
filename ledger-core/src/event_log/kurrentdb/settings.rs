//! The connection string, as the server's own clients have it, and two values of ours.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use url::form_urlencoded;

/// Where the servers are, who connects and how long each call may take.
///
/// Read from `kurrentdb://user:password@host:2113,host2:2113?tls=true`; `docs/operating.md` has the
/// table of values. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// At least one; more than one is a cluster.
    pub(super) hosts: Vec<Host>,
    /// Whether to ask the hosts for the cluster's members.
    pub(super) discover: bool,
    /// Who connects; `None` for nobody in particular.
    pub(super) user: Option<(String, String)>,
    /// Whether connections are encrypted.
    pub(super) tls: bool,
    /// Who vouches for the servers; the system's list when there is none.
    pub(super) ca_file: Option<PathBuf>,
    /// The client's own certificate and its key.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
    /// How this client is called in the server's lists.
    pub(super) connection_name: String,
    /// How long an append or a read may take, all tries together.
    pub(super) deadline: Duration,
    /// How long a server may take to say who leads, or to accept a connection.
    pub(super) gossip_timeout: Duration,
    /// How long to wait before the next try.
    pub(super) retry: Duration,
    /// How often a silent connection is asked whether it is alive, and how long it may take.
    pub(super) keep_alive: (Duration, Duration),
    /// What all our streams' names begin with, before a full stop.
    pub(super) prefix: String,
}

/// A server: a name or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub name: String,
    pub port: u16,
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.port)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.discover { "kurrentdb+discover" } else { "kurrentdb" };
        let user = self.user.as_ref().map(|it| format!("{}:…@", it.0)).unwrap_or_default();
        let hosts: Vec<String> = self.hosts.iter().map(Host::to_string).collect();
        let (tls, prefix) = (self.tls, &self.prefix);
        write!(f, "{scheme}://{user}{}?tls={tls}&prefix={prefix}", hosts.join(","))
    }
}

/// Why a text is not a connection string.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It begins with something else.
    #[error(
        "it does not begin with kurrentdb://, kurrentdb+discover://, esdb:// or esdb+discover://"
    )]
    Scheme,
    /// It names no server, or one that cannot be.
    #[error("`{0}` is not a server: expected a name or an address, and a port, such as db1:2113")]
    Host(String),
    /// It has a value that there is not.
    #[error("there is no value `{0}`: expected one of {known}", known = KNOWN.join(", "))]
    Unknown(String),
    /// A value is not what it should be.
    #[error("{name} is `{value}`: expected {expected}")]
    Value {
        /// Which one.
        name: String,
        /// What it says.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
}

/// Every value that may stand after the question mark.
const KNOWN: [&str; 15] = [
    "tls",
    "tlsCaFile",
    "tlsVerifyCert",
    "userCertFile",
    "userKeyFile",
    "connectionName",
    "defaultDeadline",
    "gossipTimeout",
    "discoveryInterval",
    "maxDiscoverAttempts",
    "keepAliveInterval",
    "keepAliveTimeout",
    "nodePreference",
    "throwOnAppendFailure",
    "prefix",
];

const PORT: u16 = 2113;

impl FromStr for Settings {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let (scheme, rest) = text.split_once("://").ok_or(SettingsError::Scheme)?;
        if !Self::is_scheme(scheme) {
            return Err(SettingsError::Scheme);
        }
        let discover = scheme.ends_with("+discover");
        let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = authority.trim_end_matches('/');
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(credentials(user)), hosts),
            None => (None, authority),
        };
        let hosts = hosts.split(',').map(host).collect::<Result<Vec<_>, _>>()?;
        let mut settings = Self {
            discover: discover || hosts.len() > 1,
            hosts,
            user,
            tls: true,
            ca_file: None,
            certificate: None,
            connection_name: "compte-ressources".into(),
            deadline: Duration::from_secs(10),
            gossip_timeout: Duration::from_secs(3),
            retry: Duration::from_millis(500),
            keep_alive: (Duration::from_secs(10), Duration::from_secs(10)),
            prefix: "ledger".into(),
        };
        let (mut certificate, mut key) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "userCertFile" => certificate = Some(PathBuf::from(value.as_ref())),
                "userKeyFile" => key = Some(PathBuf::from(value.as_ref())),
                name => settings.set(name, &value)?,
            }
        }
        settings.certificate = match (certificate, key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (one, _) => {
                let name = if one.is_some() { "userKeyFile" } else { "userCertFile" };
                return Err(wrong(name, "", "userCertFile and userKeyFile, both or neither"));
            }
        };
        Ok(settings)
    }
}

impl Settings {
    /// Whether a connection string may begin with `scheme`, and a colon and two slashes.
    pub fn is_scheme(scheme: &str) -> bool {
        let plain = scheme.strip_suffix("+discover").unwrap_or(scheme);
        matches!(plain, "kurrentdb" | "kdb" | "esdb")
    }

    /// The same, with all streams' names beginning with `prefix` and a full stop: another log on
    /// the same servers.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, SettingsError> {
        self.set("prefix", prefix)?;
        Ok(self)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), SettingsError> {
        let is = |expected: &str| value.eq_ignore_ascii_case(expected);
        match name {
            "tls" => self.tls = yes_or_no(name, value)?,
            "tlsCaFile" => self.ca_file = Some(PathBuf::from(value)),
            "tlsVerifyCert" if is("true") => (),
            "tlsVerifyCert" => {
                let expected = "true: name the authority in tlsCaFile if the system has it not";
                return Err(wrong(name, value, expected));
            }
            "connectionName" if is_header(value) => self.connection_name = value.into(),
            "connectionName" => return Err(wrong(name, value, "letters, digits and hyphens")),
            "defaultDeadline" => self.deadline = milliseconds(name, value)?,
            "gossipTimeout" => self.gossip_timeout = milliseconds(name, value)?,
            "discoveryInterval" => self.retry = milliseconds(name, value)?,
            "keepAliveInterval" => self.keep_alive.0 = milliseconds(name, value)?,
            "keepAliveTimeout" => self.keep_alive.1 = milliseconds(name, value)?,
            "nodePreference" if is("leader") => (),
            "nodePreference" => return Err(wrong(name, value, "leader: only it is never behind")),
            // Calls are tried until their deadline, however often that is.
            "maxDiscoverAttempts" | "throwOnAppendFailure" => (),
            "prefix" if is_prefix(value) => self.prefix = value.into(),
            "prefix" => {
                return Err(wrong(name, value, "1 to 40 small letters, digits and underscores"));
            }
            _ => return Err(SettingsError::Unknown(name.into())),
        }
        Ok(())
    }
}

fn wrong(name: &str, value: &str, expected: &'static str) -> SettingsError {
    SettingsError::Value { name: name.into(), value: value.into(), expected }
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, SettingsError> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(name, value, "true or false")),
    }
}

fn milliseconds(name: &str, value: &str) -> Result<Duration, SettingsError> {
    let read = value.parse().ok().filter(|it| (1..=3_600_000).contains(it));
    let expected = "milliseconds, from 1 to 3600000: no call waits for ever";
    read.map(Duration::from_millis).ok_or_else(|| wrong(name, value, expected))
}

fn is_header(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
}

fn is_prefix(value: &str) -> bool {
    let allowed = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    (1..=40).contains(&value.len()) && value.bytes().all(allowed)
}

fn credentials(text: &str) -> (String, String) {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    (decoded(user), decoded(password))
}

/// `%40` as `@`; a plus is a plus.
fn decoded(text: &str) -> String {
    let plain = format!("it={}", text.replace('+', "%2B").replace('&', "%26"));
    let first = form_urlencoded::parse(plain.as_bytes()).next();
    first.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn host(text: &str) -> Result<Host, SettingsError> {
    let refused = || SettingsError::Host(text.into());
    let (name, port) = match text.rsplit_once(':') {
        // An address of the sixth version without a port ends with a bracket.
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (text, Some(PORT)),
    };
    let allowed = |it: u8| it.is_ascii_alphanumeric() || b"-_.[]:".contains(&it);
    match port {
        Some(port) if port > 0 && !name.is_empty() && name.bytes().all(allowed) => {
            Ok(Host { name: name.into(), port })
        }
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Settings {
        text.parse().unwrap()
    }

    fn refused(text: &str) -> String {
        text.parse::<Settings>().unwrap_err().to_string()
    }

    #[test]
    fn a_connection_string_is_read_as_the_servers_own_clients_read_it() {
        let it = read("esdb://admin:p%40ss+w%26@db1:2113?tls=false&defaultDeadline=1500");
        assert_eq!(it.hosts, [Host { name: "db1".into(), port: 2113 }]);
        assert_eq!(it.user, Some(("admin".into(), "p@ss+w&".into())));
        assert_eq!((it.tls, it.discover, it.deadline.as_millis()), (false, false, 1500));
        assert_eq!(it.prefix, "ledger");

        let it = read("kurrentdb://a,b:3000,[::1]:9?tlsCaFile=/ca.pem&nodePreference=leader");
        assert!(it.tls && it.discover);
        assert_eq!(it.ca_file, Some("/ca.pem".into()));
        let hosts: Vec<String> = it.hosts.iter().map(Host::to_string).collect();
        assert_eq!(hosts, ["a:2113", "b:3000", "[::1]:9"]);

        assert!(read("kurrentdb+discover://cluster.example/").discover);
    }

    #[test]
    fn a_password_is_never_shown() {
        let it = read("kurrentdb://admin:secret@db:2113");
        let shown = format!("{it} {it:?}");
        assert!(shown.contains("admin:…@db:2113") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_refused_and_says_what_would_be_right() {
        for (text, expected) in [
            ("postgres://a", "does not begin with kurrentdb://"),
            ("kurrentdb:", "does not begin with"),
            ("kurrentdb://", "`` is not a server"),
            ("kurrentdb://a:0", "a:0"),
            ("kurrentdb://a:port", "such as db1:2113"),
            ("kurrentdb://a?tsl=false", "there is no value `tsl`: expected one of tls, tlsCaFile"),
            ("kurrentdb://a?tls=maybe", "tls is `maybe`: expected true or false"),
            ("kurrentdb://a?tlsVerifyCert=false", "tlsCaFile"),
            ("kurrentdb://a?nodePreference=random", "expected leader"),
            ("kurrentdb://a?defaultDeadline=-1", "no call waits for ever"),
            ("kurrentdb://a?prefix=Ledger", "small letters"),
            ("kurrentdb://a?userCertFile=c.pem", "both or neither"),
        ] {
            let said = refused(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
    }
}
