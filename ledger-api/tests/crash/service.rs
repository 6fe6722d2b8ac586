//! The service as a process of its own, and a browser that pays.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use uuid::Uuid;

use crate::shop::Sale;

/// The service, in a process of its own.
pub struct Service {
    pub address: SocketAddr,
    process: Child,
}

fn command(data: &Path, subcommand: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledger-api"));
    command.arg(subcommand).env("LEDGER_DATA", data).env("LEDGER_LISTEN", "127.0.0.1:0");
    command
}

impl Service {
    /// Starts it, and waits until it listens.
    pub fn start(data: &Path) -> Self {
        let mut process = command(data, "demo").stderr(Stdio::piped()).spawn().unwrap();
        let mut traces = BufReader::new(process.stderr.take().unwrap());
        let mut told = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(traces.read_line(&mut line).unwrap() > 0, "it ended:\n{told}");
            if let Some((_, address)) = line.split_once("Listening on http://") {
                break address.trim().parse().unwrap();
            }
            told.push_str(&line);
        };
        // Its traces are read to the end, or it would stop when the pipe is full.
        std::thread::spawn(move || std::io::copy(&mut traces, &mut std::io::sink()));
        Self { address, process }
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM; it ends in good order.
    pub fn stop(mut self) {
        // So that its read models get where the log is.
        std::thread::sleep(Duration::from_secs(1));
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// `ledger-api verify` finds nothing wrong.
pub fn verify(data: &Path) {
    let output = command(data, "verify").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
}

/// A teacher's browser, on one connection.
pub struct Browser {
    connection: BufReader<TcpStream>,
    host: SocketAddr,
    cookie: String,
}

/// What a page answers: its status, and where it leads.
struct Answer {
    status: u16,
    location: Option<String>,
    cookie: Option<String>,
}

impl Browser {
    /// Signs in as `persona`; `None` when the service is gone.
    pub fn signed_in(host: SocketAddr, persona: &str) -> Option<Self> {
        let connection = BufReader::new(TcpStream::connect(host).ok()?);
        let mut browser = Self { connection, host, cookie: String::new() };
        let answer = browser.post("/connexion", &format!("persona={persona}"))?;
        browser.cookie = answer.cookie?;
        Some(browser)
    }

    /// Pays; gives where the receipt is. `None` when the service is gone.
    pub fn pay(&mut self, sale: &Sale, reference: Uuid) -> Option<String> {
        let form = format!("reference={reference}&vu={}&plafond=", sale.digest);
        let answer = self.post(&format!("/catalogue/{}/payer", sale.offer), &form)?;
        assert_eq!(answer.status, 303, "a payment that should go through, {}", self.host);
        answer.location
    }

    /// Whether there is such a page.
    pub fn finds(&mut self, path: &str) -> bool {
        self.send(&format!("GET {path}"), "").is_some_and(|it| it.status == 200)
    }

    fn post(&mut self, path: &str, form: &str) -> Option<Answer> {
        self.send(&format!("POST {path}"), form)
    }

    fn send(&mut self, what: &str, form: &str) -> Option<Answer> {
        let (host, cookie, length) = (self.host, &self.cookie, form.len());
        let request = format!(
            "{what} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\naccept: text/html\r\n\
             sec-fetch-site: same-origin\r\ncontent-length: {length}\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\n{form}"
        );
        self.connection.get_mut().write_all(request.as_bytes()).ok()?;
        self.answer()
    }

    fn answer(&mut self) -> Option<Answer> {
        let mut answer = Answer { status: 0, location: None, cookie: None };
        let (mut length, mut chunked) = (0, false);
        loop {
            let mut line = String::new();
            if self.connection.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                None => answer.status = line.split(' ').nth(1)?.parse().ok()?,
                Some(("content-length", value)) => length = value.parse().ok()?,
                Some(("transfer-encoding", _)) => chunked = true,
                Some(("location", value)) => answer.location = Some(value.to_owned()),
                Some(("set-cookie", value)) => {
                    answer.cookie = value.split(';').next().map(str::to_owned);
                }
                Some(_) => (),
            }
        }
        if chunked {
            self.skip_chunks()?;
        } else {
            self.connection.read_exact(&mut vec![0; length]).ok()?;
        }
        Some(answer)
    }

    fn skip_chunks(&mut self) -> Option<()> {
        loop {
            let mut size = String::new();
            self.connection.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            self.connection.read_exact(&mut vec![0; size + 2]).ok()?;
            if size == 0 {
                return Some(());
            }
        }
    }
}
