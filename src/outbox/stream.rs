//! The line to the SMTP server: TCP, or TLS upon it; and what goes wrong with it in words.
//!
//! Certificates are checked against what this host trusts, as it is at the time of each connection, so that an
//! authority that an operator adds needs no restart; and against the host's name of the configuration.

use super::field;
use rustls::pki_types::ServerName;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, InvalidMessage, RootCertStore, StreamOwned, crypto,
};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

/// An open line.
pub(super) enum Stream {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// To the first of the host's addresses that answers within that time.
    pub(super) fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<Stream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Stream::Clear(stream));
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Begins TLS with a server that can show that it is `host`; nothing is sent to another one.
    pub(super) fn secure(self, host: &str) -> io::Result<Stream> {
        let Stream::Clear(mut line) = self else { return Ok(self) };
        let mut roots = RootCertStore::empty();
        // What of it cannot be read is trusted by nobody.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut line)?;
        }
        Ok(Stream::Tls(Box::new(StreamOwned::new(tls, line))))
    }

    /// How long one octet may be waited for.
    pub(super) fn patience(&self, limit: Duration) -> io::Result<()> {
        let line = match self {
            Stream::Clear(line) => line,
            Stream::Tls(tls) => &tls.sock,
        };
        line.set_read_timeout(Some(limit))?;
        line.set_write_timeout(Some(limit))
    }
}

impl Read for Stream {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Clear(line) => line.read(octets),
            Stream::Tls(tls) => tls.read(octets),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Clear(line) => line.write(octets),
            Stream::Tls(tls) => tls.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Clear(line) => line.flush(),
            Stream::Tls(tls) => tls.flush(),
        }
    }
}

/// A fault of the line in words, with what to do where that is known.
pub(super) fn words(error: &io::Error, timeout: Duration) -> String {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (tls, error.kind()) {
        (Some(tls), _) => of_tls(tls),
        (None, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            format!("no answer within {} s", timeout.as_secs())
        }
        (None, io::ErrorKind::UnexpectedEof) => "connection closed by the server".to_owned(),
        (None, _) => field::clean(&error.to_string()),
    }
}

/// Why there is no TLS, and what to do.
fn of_tls(error: &rustls::Error) -> String {
    use CertificateError as Wrong;
    let todo = match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            // The other: one of that name is trusted, with another key.
            Wrong::UnknownIssuer | Wrong::BadSignature => {
                "this host does not trust who issued it: put that authority's certificate into \
                 /usr/local/share/ca-certificates (NAME.crt) and run update-ca-certificates"
            }
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                "write a name that it is for as host in [outbox]"
            }
            Wrong::Expired | Wrong::ExpiredContext { .. } => "renew it on the server",
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "set this host's clock",
            _ => "have the server show another one",
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "that is no TLS; where the line begins in the clear, write tls = \"starttls\" in [outbox]"
        }
        _ => "see what TLS the server offers: openssl s_client",
    };
    format!("{}; {todo}", field::clean(&error.to_string()))
}
