//! One message to the SMTP server, over a connection that is kept.
//!
//! It tells apart what concerns one message, and what concerns them all: a connection that cannot be had, a login
//! that is refused, a server that closes or that takes no mail from anybody now. lettre's connection is driven step
//! by step, as only the step tells that.

use super::compose::Composed;
use super::private_file;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: Tls,
    /// File of `USER:PASSWORD`.
    pub login_file: Option<PathBuf>,
    /// How long it may take for one answer.
    pub timeout: Duration,
    /// Our name in EHLO.
    pub hello: String,
}

/// How a connection is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    None,
    /// STARTTLS, and nothing is sent without it.
    Starttls,
    /// From the first octet.
    Tls,
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing can be sent now. `begun`: the server had heard of this message, and it may be about that one alone.
    Server {
        /// Why.
        error: String,
        /// Whether this message counts it as an attempt.
        begun: bool,
    },
    /// This one not now.
    Later {
        /// Why.
        error: String,
        /// The server's reply.
        reply: Option<String>,
    },
    /// This one never.
    Never {
        /// Why.
        error: String,
        /// The server's reply.
        reply: Option<String>,
    },
}

/// A connection that is made when it is needed.
pub struct Sender {
    server: Server,
    connection: Option<SmtpConnection>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("server", &self.server).finish_non_exhaustive()
    }
}

/// The step at which the server said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Mail,
    Rcpt,
    Data,
    End,
}

impl Sender {
    /// Towards that server.
    pub fn new(server: Server) -> Sender {
        Sender { server, connection: None }
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Takes leave of the server, if it is connected.
    pub fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            // The answer changes nothing.
            let _ = connection.set_timeout(Some(Duration::from_secs(2)));
            connection.abort();
        }
    }

    /// Sends a message, and returns the server's reply to its end.
    ///
    /// # Errors
    /// See [`Failure`]; the message was not taken, unless the connection was lost at its very end.
    pub fn send(&mut self, mail: &Composed) -> Result<String, Failure> {
        // A server may close what has been idle; that is heard of with the first command only.
        if let Some(mut kept) = self.connection.take() {
            match self.transaction(&mut kept, mail) {
                Err((Step::Mail, error)) if error.status().is_none_or(|code| code.to_string() == "421") => {
                    kept.abort();
                }
                done => return self.done(kept, done),
            }
        }
        let mut fresh = self.connect().map_err(|error| Failure::Server { error, begun: false })?;
        let done = self.transaction(&mut fresh, mail);
        self.done(fresh, done)
    }

    /// What came of it; the connection is kept if the server still answers on it.
    fn done(
        &mut self,
        mut connection: SmtpConnection,
        done: Result<Response, (Step, Error)>,
    ) -> Result<String, Failure> {
        let (step, error) = match done {
            Ok(response) => {
                self.connection = Some(connection);
                return Ok(shown(&response));
            }
            Err(failed) => failed,
        };
        let closing = error.status().is_none_or(|code| code.to_string() == "421");
        if !closing && connection.command(Rset).is_ok() {
            self.connection = Some(connection);
        } else {
            connection.abort();
        }
        Err(self.failure(step, &error))
    }

    fn failure(&self, step: Step, error: &Error) -> Failure {
        let (text, reply) = (self.describe(error), reply(error));
        let code = error.status().map(|code| code.to_string());
        match code.as_deref() {
            // It wants a login, or closes.
            Some("421" | "530" | "534" | "535" | "538") => Failure::Server { error: text, begun: true },
            Some(_) if error.is_permanent() => Failure::Never { error: text, reply },
            // It has heard of nobody yet but us.
            _ if step == Step::Mail => Failure::Server { error: text, begun: true },
            _ if error.is_client() => Failure::Never { error: text, reply },
            _ => Failure::Later { error: text, reply },
        }
    }

    fn transaction(
        &self,
        connection: &mut SmtpConnection,
        mail: &Composed,
    ) -> Result<Response, (Step, Error)> {
        let mut options = Vec::new();
        if mail.needs_utf8() {
            // A server that cannot says so itself: it refuses the parameter, for ever.
            options.push(MailParameter::SmtpUtfEight);
        }
        if !mail.message.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let address = |spec: &str| {
            let (local, domain) = spec.rsplit_once('@').unwrap_or((spec, ""));
            Address::new_dangerous(local, domain)
        };
        let at = |step| move |error| (step, error);
        let from = mail.mail_from.as_deref().map(address);
        connection.command(Mail::new(from, options)).map_err(at(Step::Mail))?;
        connection.command(Rcpt::new(address(&mail.rcpt_to), Vec::new())).map_err(at(Step::Rcpt))?;
        connection.command(Data).map_err(at(Step::Data))?;
        // lettre writes the last line's end itself.
        let message = mail.message.strip_suffix(b"\r\n").unwrap_or(&mail.message);
        connection.message(message).map_err(at(Step::End))
    }

    fn connect(&self) -> Result<SmtpConnection, String> {
        let server = &self.server;
        let place = format!("{}:{}", server.host, server.port);
        let fault = |error: Error| format!("{place}: {}", self.describe(&error));
        let parameters = match server.tls {
            Tls::None => None,
            Tls::Starttls | Tls::Tls => Some(TlsParameters::new(server.host.clone()).map_err(fault)?),
        };
        let hello = ClientId::Domain(server.hello.clone());
        let wrapper = parameters.as_ref().filter(|_| server.tls == Tls::Tls);
        let address = (server.host.as_str(), server.port);
        let mut connection =
            SmtpConnection::connect(address, Some(server.timeout), &hello, wrapper, None).map_err(fault)?;
        if let Some(parameters) = parameters.as_ref().filter(|_| server.tls == Tls::Starttls) {
            connection.starttls(parameters, &hello).map_err(fault)?;
        }
        if let Some(file) = &server.login_file {
            let login = login(file)?;
            connection.auth(DEFAULT_MECHANISMS, &login).map_err(|error| {
                format!("{place}: the login in {} is refused: {}", file.display(), self.describe(&error))
            })?;
        }
        Ok(connection)
    }

    /// A fault in words: the server's own where there are any.
    fn describe(&self, error: &Error) -> String {
        if let Some(reply) = reply(error) {
            return reply;
        }
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(io) = inner.downcast_ref::<io::Error>() {
                return match io.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                        format!("no answer within {} s", self.server.timeout.as_secs())
                    }
                    _ => io.to_string(),
                };
            }
            source = inner.source();
        }
        match error.to_string() {
            text if text.contains("incomplete response") => "connection closed by the server".to_owned(),
            text => text,
        }
    }
}

/// The server's reply that an error came from.
fn reply(error: &Error) -> Option<String> {
    let code = error.status()?;
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    Some(one_line(&format!("{code} {text}")))
}

fn shown(response: &Response) -> String {
    let text = response.message().collect::<Vec<_>>().join(" ");
    one_line(&format!("{} {text}", response.code()))
}

fn one_line(text: &str) -> String {
    super::field::clean(text).chars().take(1000).collect()
}

/// The login in a file that others cannot read.
fn login(path: &Path) -> Result<Credentials, String> {
    let fault = |what: &dyn std::fmt::Display| format!("outbox.login_file {}: {what}", path.display());
    let content = private_file::read(path).map_err(|error| fault(&error))?;
    let text = String::from_utf8(content).map_err(|error| fault(&error))?;
    match text.trim_end_matches(['\r', '\n']).split_once(':') {
        Some((user, password)) if !user.is_empty() => {
            Ok(Credentials::new(user.to_owned(), password.to_owned()))
        }
        _ => Err(fault(&"does not hold USER:PASSWORD")),
    }
}
