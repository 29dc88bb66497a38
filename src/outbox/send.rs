//! One message to the SMTP server, over a connection that is kept.
//!
//! It tells apart what concerns one message, and what concerns them all: a connection that cannot be had, a login
//! that is refused, a server that closes or that takes no mail from anybody now. The `connection`
//! is driven step by step, as only the step tells that.

use super::compose::Composed;
use super::connection::{Connection, Fault, shown};
use super::private_file;
use lettre::Address;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
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
    connection: Option<Connection>,
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
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
    }

    /// Sends a message, and returns the server's reply to its end.
    ///
    /// # Errors
    /// See [`Failure`]; the message was not taken, unless the connection was lost at its very end.
    pub fn send(&mut self, mail: &Composed) -> Result<String, Failure> {
        // A server may close what has been idle; that is heard of with the first command only.
        if let Some(mut kept) = self.connection.take() {
            match Sender::transaction(&mut kept, mail) {
                Err((Step::Mail, fault)) if is_closing(&fault) => {}
                done => return self.done(kept, done),
            }
        }
        let mut fresh = self.connect().map_err(|error| Failure::Server { error, begun: false })?;
        let done = Sender::transaction(&mut fresh, mail);
        self.done(fresh, done)
    }

    /// What came of it; the connection is kept if the server still answers on it.
    fn done(
        &mut self,
        mut connection: Connection,
        done: Result<Response, (Step, Fault)>,
    ) -> Result<String, Failure> {
        let (step, fault) = match done {
            Ok(response) => {
                self.connection = Some(connection);
                return Ok(shown(&response));
            }
            Err(failed) => failed,
        };
        if !is_closing(&fault) && connection.command(Rset).is_ok() {
            self.connection = Some(connection);
        }
        Err(Sender::failure(step, &fault))
    }

    fn failure(step: Step, fault: &Fault) -> Failure {
        let (error, reply) = (fault.to_string(), fault.reply());
        match fault.code().as_deref() {
            // It wants a login, or closes.
            Some("421" | "530" | "534" | "535" | "538") => Failure::Server { error, begun: true },
            Some(_) if fault.is_permanent() => Failure::Never { error, reply },
            // It has heard of nobody yet but us.
            _ if step == Step::Mail => Failure::Server { error, begun: true },
            _ => Failure::Later { error, reply },
        }
    }

    fn transaction(connection: &mut Connection, mail: &Composed) -> Result<Response, (Step, Fault)> {
        let mut options = Vec::new();
        if mail.needs_utf8() {
            // A server that cannot says so itself: it refuses the parameter, for ever.
            options.push(MailParameter::SmtpUtfEight);
        }
        if !mail.message.is_ascii() && connection.supports(Extension::EightBitMime) {
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
        connection.message(&mail.message).map_err(at(Step::End))
    }

    fn connect(&self) -> Result<Connection, String> {
        let server = &self.server;
        let place = format!("{}:{}", server.host, server.port);
        let mut connection = Connection::open(server).map_err(|fault| format!("{place}: {fault}"))?;
        if let Some(file) = &server.login_file {
            let refused = |fault| format!("{place}: the login in {} is refused: {fault}", file.display());
            connection.login(&login(file)?).map_err(refused)?;
        }
        Ok(connection)
    }
}

/// Whether nothing more can be said on that line.
fn is_closing(fault: &Fault) -> bool {
    fault.code().is_none_or(|code| code == "421")
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
