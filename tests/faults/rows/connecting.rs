//! Rows 4 to 8: connections that fail to open.

use crate::certificates::Certificates;
use crate::row::{Row, row};
use crate::script::Step::{Fin, Read, Reset, Write};
use crate::script::{Script, http};

/// TLS alert `protocol_version`: the server does not speak this version. `server_hello` below is one of TLS 1.0.
const ALERT: &[u8] = &[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46];

fn server_hello() -> Vec<u8> {
    let mut hello = vec![0x16, 0x03, 0x01, 0x00, 0x2a, 0x02, 0x00, 0x00, 0x26, 0x03, 0x01];
    hello.extend([7; 32]);
    // The rest of the ServerHello: no session id, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend([0x00, 0x00, 0x2f, 0x00]);
    hello
}

pub fn rows(certificates: &Certificates) -> Vec<Row> {
    let good = &certificates.good;
    let nothing = |error, debit| [(error, 0), (error, 0), (debit, 0)];
    let untrusted = nothing("error tls.certificate", "notSent (tls.certificate)");
    let version = nothing("error tls.handshake", "notSent (tls.handshake)");
    let timed_out = nothing("error network.connect_timeout", "notSent (network.connect_timeout)");
    let broken = nothing("error network.reset", "notSent (network.reset)");
    let race = [
        ("error network.reset", 0),
        ("error network.reset | error network.reset, maybe sent", 0),
        ("indeterminate (network.reset) | notSent (network.reset)", 0),
    ];
    let answers = |class: crate::call::Class| vec![Script::answer(http(200, "", class.good()))];
    let sound = [("found", 1), ("otpRequired", 1), ("settled", 1)];
    let mut rows = vec![
        row(0, "no fault", answers, sound),
        row(4, "RST in place of a TLS handshake", |_| vec![Script::raw([Reset])], broken).tls(good),
        row(4, "FIN in place of a TLS handshake", |_| vec![Script::raw([Fin])], broken).tls(good),
        row(4, "RST on accept, before or while the request is written", |_| vec![Script::raw([Reset])], race).plain(),
        row(4, "FIN on accept, before or while the request is written", |_| vec![Script::raw([Fin])], race).plain(),
        row(6, "TLS handshake stalls", |_| vec![Script::raw([])], timed_out).tls(good),
        row(7, "TLS 1.0 only, by an alert", |_| vec![Script::raw([Read(5), Write(ALERT.into()), Fin])], version)
            .tls(good),
        row(7, "TLS 1.0 only, by its ServerHello", |_| vec![Script::raw([Read(5), Write(server_hello())])], version)
            .tls(good),
        row(8, "CA of an intercepting proxy, not given", answers, untrusted).tls(good).without_ca(),
        row(8, "CA of an intercepting proxy, given as ca", answers, sound).tls(good),
    ];
    for (name, config) in [
        ("self-signed", &certificates.self_signed),
        ("expired", &certificates.expired),
        ("of another host", &certificates.wrong_host),
        ("of an unknown CA", &certificates.unknown_ca),
    ] {
        rows.push(row(5, format!("certificate {name}"), answers, untrusted).tls(config));
    }
    rows
}
