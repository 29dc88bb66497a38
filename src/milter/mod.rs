//! The milter: what happens while a message is still on the line. The only folder that knows libmilter, and
//! of it only `callbacks` does: [`session`] is a state machine that can be tested without it.
//!
//! # What it does
//!
//! RCPT: is it an inbox? is the sender blocked? DATA: none of ours, then accept, and the content is never
//! sent to us. Header fields and body go into a spool [`Draft`](crate::spool::Draft) as they arrive. End of
//! message: commit to the spool, then the recipient edits, then accept or discard. In this order, and never
//! another: with the edits first, a process killed in between loses acknowledged mail.
//!
//! # What it does not do
//!
//! It understands no mail (but the addresses in `From`, for blocks), asks no database, and refuses or delays
//! nothing for troubles of its own: a full spool, a panic, a failed edit all end in *accept*, and the message
//! comes again by the pipe door or is recorded already.

mod callbacks;
pub mod counters;
pub mod edits;
pub mod gate;
mod hush;
mod knock;
pub mod reply;
pub mod session;
pub mod side;
pub mod socket;

pub use counters::Counters;
pub use gate::Gate;
pub use side::Side;
pub use socket::Socket;

use crate::crm::policy::Policy;
use crate::spool::Spool;
use arc_swap::ArcSwap;
use jiff::Timestamp;
use std::sync::Arc;
use thiserror::Error;

/// What all sessions share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The policy in force; a message keeps the one that it began with.
    pub policy: Arc<ArcSwap<Policy>>,
    /// Where messages are recorded.
    pub spool: Spool,
    /// Through which each end of message passes, so that a stop waits for it.
    pub gate: Arc<Gate>,
    /// What happened so far.
    pub counters: Arc<Counters>,
    /// Where captures and reports are recorded, which keep nobody waiting.
    pub side: Side,
    /// The time.
    pub clock: fn() -> Timestamp,
}

/// Why the milter could not run, or stopped.
#[derive(Debug, Error)]
pub enum Error {
    /// The socket cannot be used.
    #[error("milter socket {0}: {1}")]
    Socket(String, String),
    /// libmilter ended.
    #[error("libmilter: {0}")]
    Library(String),
    /// One process runs one milter.
    #[error("the milter runs already in this process")]
    Twice,
}

/// Runs the milter on `socket` until the process ends; returns only if libmilter gives up. Call it on a thread
/// of its own, never on the main one: it blocks the signals of a stop in its thread. `on_open` is called once,
/// from another thread, when the socket accepts connections. The socket is made with the process's umask, and
/// gets its mode when it is open: under 077 nobody else gets in before.
pub fn run(socket: &Socket, shared: Shared, on_open: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    socket.prepare()?;
    callbacks::install(shared, socket.is_unix())?;
    let (opening, knocking) = (socket.clone(), socket.clone());
    let waiter = std::thread::Builder::new()
        .name("milter-open".into())
        .spawn(move || {
            let open = opening.wait_until_open();
            let open = open.and_then(|()| opening.opened());
            match hush::rest_signal_thread() {
                Ok(true) => {}
                Ok(false) => log::warn!("libmilter's signal thread not found: a SIGHUP may stop the daemon"),
                Err(error) => log::warn!("libmilter's signal thread not put to rest: {error}"),
            }
            match open.and_then(|()| knock::spawn(knocking)) {
                Ok(()) => on_open(),
                Err(error) => log::error!("{error}"),
            }
        })
        .map_err(|e| Error::Library(e.to_string()))?;
    hush::mark_this_thread();
    let ended = callbacks::run(&socket.to_libmilter());
    drop(waiter);
    ended
}
