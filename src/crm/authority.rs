//! Whose authority a message carries: the user who submitted it, proven by the session and never by `From`.
//!
//! A SASL login, a verified client certificate, or a client address that belongs to exactly one user proves
//! a user. Loopback and sendmail(1) prove nobody: a web form on this host is nobody's colleague. Where none of
//! them does, an author for whom our own host found an aligned DMARC pass is the user of that address (see
//! [`crate::mail::auth_results`]).

use super::known::Users;
use crate::mail::envelope::Envelope;
use std::net::IpAddr;
use uuid::Uuid;

/// What a session shows of who is at its other end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Proofs<'a> {
    /// SASL login name.
    pub sasl_login: Option<&'a str>,
    /// Issuer and subject of a verified client certificate.
    pub certificate: Option<(&'a str, &'a str)>,
    /// The SMTP client's address.
    pub client_address: Option<IpAddr>,
}

impl<'a> From<&'a Envelope> for Proofs<'a> {
    fn from(envelope: &'a Envelope) -> Self {
        Proofs {
            sasl_login: envelope.sasl_login.as_deref(),
            certificate: envelope.cert_issuer.as_deref().zip(envelope.cert_subject.as_deref()),
            client_address: envelope.client_address,
        }
    }
}

/// The user who submitted the message, and what proves it, for people.
pub fn submitting_user(proofs: Proofs<'_>, users: &Users) -> Option<(Uuid, &'static str)> {
    if let Some(login) = proofs.sasl_login {
        // A login that is nobody's decides: the session belongs to somebody who is not a user.
        return users.by_sasl_login.get(login).map(|&user| (user, "login"));
    }
    if let Some((issuer, subject)) = proofs.certificate {
        let certificate = (issuer.to_owned(), subject.to_owned());
        if let Some(&user) = users.by_certificate.get(&certificate) {
            return Some((user, "client certificate"));
        }
    }
    let address = proofs.client_address.filter(|&address| !is_of_this_host(address))?.to_canonical();
    users.by_client_address.get(&address).map(|&user| (user, "client address"))
}

/// Whether DMARC may speak for this session. A login that is nobody's decides against every other proof. Mail of
/// this host itself, by sendmail(1) or from loopback, proves nothing: filters leave it alone, so that what a web
/// form writes into the header is not stripped.
pub fn dmarc_may_prove(proofs: Proofs<'_>) -> bool {
    proofs.sasl_login.is_none() && proofs.client_address.is_some_and(|address| !is_of_this_host(address))
}

fn is_of_this_host(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::envelope::Door;

    fn envelope() -> Envelope {
        Envelope::new(Door::Milter, jiff::Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn login_certificate_and_client_address_prove_a_user_and_loopback_never() {
        let ana = Uuid::from_u128(1);
        let mut users = Users::default();
        users.by_sasl_login.insert("ana".into(), ana);
        users.by_certificate.insert(("CN=CA".into(), "CN=Ana".into()), ana);
        for address in ["192.0.2.7", "127.0.0.1", "::1"] {
            users.by_client_address.insert(address.parse().expect("an address"), ana);
        }
        let proves = |change: fn(&mut Envelope)| {
            let mut envelope = envelope();
            change(&mut envelope);
            submitting_user(Proofs::from(&envelope), &users).is_some()
        };
        assert!(!proves(|_| ()));
        assert!(proves(|e| e.sasl_login = Some("ana".into())));
        assert!(!proves(|e| e.sasl_login = Some("ANA".into())));
        assert!(!proves(|e| {
            e.sasl_login = Some("eve".into());
            e.client_address = Some("192.0.2.7".parse().expect("an address"));
        }));
        assert!(proves(|e| e.client_address = Some("192.0.2.7".parse().expect("an address"))));
        assert!(proves(|e| e.client_address = Some("::ffff:192.0.2.7".parse().expect("an address"))));
        assert!(!proves(|e| e.client_address = Some("127.0.0.1".parse().expect("an address"))));
        assert!(!proves(|e| e.client_address = Some("::ffff:127.0.0.1".parse().expect("an address"))));
        assert!(!proves(|e| e.client_address = Some("::1".parse().expect("an address"))));
        assert!(!proves(|e| e.cert_subject = Some("CN=Ana".into())));
        assert!(proves(|e| {
            e.cert_issuer = Some("CN=CA".into());
            e.cert_subject = Some("CN=Ana".into());
        }));
    }

    #[test]
    fn dmarc_proves_nobody_on_this_host_or_behind_a_login() {
        let from = |address: &str| Proofs { client_address: address.parse().ok(), ..Proofs::default() };
        assert!(dmarc_may_prove(from("192.0.2.7")));
        for address in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0", "sendmail"] {
            assert!(!dmarc_may_prove(from(address)), "{address}");
        }
        assert!(!dmarc_may_prove(Proofs { sasl_login: Some("guest"), ..from("192.0.2.7") }));
    }
}
