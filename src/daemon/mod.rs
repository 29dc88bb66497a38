//! What a program needs to be a daemon: signals, an orderly stop, the notice to systemd, privileges, logging.
//! Plain functions over values; the wiring is in `bin`.
//!
//! # The order of a start
//!
//! [`log::init`], read the configuration, [`privileges::daemonise`], [`signals::install`],
//! [`privileges::become_user`], open spool and store, spawn threads with [`signals::spawn`], run the milter on
//! one of them, [`notify::Notifier::ready`] when its socket is open; the main thread then does nothing but
//! [`signals::Signals::wait`].
//!
//! # The order of a stop
//!
//! Remove the socket's file, close the milter's gate, stop the worker and join it, then [`leave`]. libmilter's
//! own stop would stall every open session for seconds; a process that is gone costs none of them anything.

pub mod log;
pub mod notify;
pub mod privileges;
pub mod signals;

/// Ends the process without running libmilter's exit handlers, after the last replies had time to be sent.
pub fn leave(code: i32) -> ! {
    // libmilter writes a reply after the callback has returned, and tells nobody when it has.
    std::thread::sleep(std::time::Duration::from_millis(20));
    ::log::logger().flush();
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(code) }
}
