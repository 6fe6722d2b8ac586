//! What the files must be, one refusal each.

use std::path::Path;

use rcgen::{CertificateParams, KeyPair};

use super::*;

fn files(folder: &Path) -> TlsFiles {
    TlsFiles {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
        client_ca: None,
    }
}

/// A certificate of its own making and its key, as PEM.
fn made() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["compte.example".to_owned()]).unwrap();
    (certificate.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn write(files: &TlsFiles, (certificate, key): &(String, String)) {
    std::fs::write(&files.certificate, certificate).unwrap();
    std::fs::write(&files.key, key).unwrap();
}

fn refused(files: &TlsFiles) -> String {
    Tls::open(files.clone()).err().unwrap().to_string()
}

#[test]
fn files_that_cannot_serve_say_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let (files, (certificate, key)) = (files(folder.path()), made());
    let told = refused(&files);
    assert!(told.contains("LEDGER_TLS_CERTIFICATE is `") && told.contains("cannot be read"));
    let sealed = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (certificate, key, told) in [
        ("", &*key, "LEDGER_TLS_CERTIFICATE is `"),
        ("", &key, "expected certificates in PEM"),
        (&key, &key, "expected certificates in PEM"),
        (broken, &key, "expected an X.509 certificate"),
        (&certificate, "", "LEDGER_TLS_KEY is `"),
        (&certificate, &certificate, "expected a key in PEM"),
        (&certificate, &sealed, "expected a key without a passphrase"),
        (&certificate, &made().1, "LEDGER_TLS_KEY is not the key of"),
    ] {
        write(&files, &(certificate.to_owned(), key.to_owned()));
        let refused = refused(&files);
        assert!(refused.contains(told), "{told}: {refused}");
    }
    write(&files, &(certificate.clone(), key));
    let of_clients = folder.path().join("ca.pem");
    let asking = TlsFiles { client_ca: Some(of_clients.clone()), ..files };
    assert!(refused(&asking).contains("LEDGER_TLS_CLIENT_CA is `"));
    std::fs::write(&of_clients, "nothing").unwrap();
    assert!(refused(&asking).contains("whoever signs those of clients"));
    std::fs::write(&of_clients, certificate).unwrap();
    assert!(Tls::open(asking).is_ok());
}

#[test]
fn what_changed_is_read_again_unless_it_cannot_serve() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    write(&files, &made());
    let tls = Tls::open(files.clone()).unwrap();
    let first = tls.current();
    assert!(!tls.reload().unwrap() && Arc::ptr_eq(&first, &tls.current()));
    let next = made();
    // Half written: one file is there before the other.
    std::fs::write(&files.certificate, &next.0).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::OtherKey)));
    assert!(Arc::ptr_eq(&first, &tls.current()));
    write(&files, &next);
    assert!(tls.reload().unwrap() && !Arc::ptr_eq(&first, &tls.current()));
}

#[test]
fn a_clients_certificate_is_known_by_its_der_and_its_end() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params.not_after = rcgen::date_time_ymd(2027, 8, 31);
    let made = params.self_signed(&key).unwrap();
    let read = ClientCertificate::from_pem(made.pem().as_bytes()).unwrap();
    assert_eq!(read.thumbprint, Digest::of(made.der()));
    assert_eq!(read.until.to_rfc3339(), "2027-08-31T00:00:00+00:00");
    let two = format!("{0}{0}", made.pem());
    for wrong in ["", "cli_1", &key.serialize_pem(), &two] {
        assert_eq!(ClientCertificate::from_pem(wrong.as_bytes()), Err(CertificateError), "{wrong}");
    }
}
