//! libmilter's callbacks: thin, fenced, and nothing else. Each one hands its event to the session and turns
//! the answer into a status that is in the set negotiated for this session.
//!
//! No callback returns an error (the crate gives its text to syslog(3) as a format) or lets a panic out (the
//! crate then stops the daemon). Callbacks of one session run on different threads: the data is `Send`.

use super::edits::Edit;
use super::session::{Answer, End, Macros, Offered, Session};
use super::{Error, Shared, counters::count, knock};
use crate::spool::fault;
use milter::{
    Actions, Context, ContextApi, Milter, ProtocolOpts, Stage, Status, on_abort, on_body, on_close,
    on_connect, on_data, on_eoh, on_eom, on_header, on_helo, on_mail, on_negotiate, on_rcpt,
};
use std::ffi::CStr;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// libmilter's callbacks carry no pointer of ours.
static RUNNING: OnceLock<(Shared, bool)> = OnceLock::new();

/// Sessions that are set up and not yet closed.
static LIVE: AtomicU32 = AtomicU32::new(0);

/// Sessions that are under way.
pub(super) fn live() -> u32 {
    LIVE.load(Ordering::Relaxed)
}

const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Session>();
};

pub(super) fn install(shared: Shared, unix: bool) -> Result<(), Error> {
    RUNNING.set((shared, unix)).map_err(|_| Error::Twice)
}

fn running() -> &'static (Shared, bool) {
    RUNNING.get().expect("callbacks are registered after the installation")
}

pub(super) fn run(socket: &str) -> Result<(), Error> {
    Milter::new(socket)
        .name("crm-milter")
        .actions(wanted_actions())
        .on_negotiate(negotiate)
        .on_connect(connect)
        .on_helo(helo)
        .on_mail(mail)
        .on_rcpt(rcpt)
        .on_data(data)
        .on_header(header)
        .on_eoh(eoh)
        .on_body(body)
        .on_eom(eom)
        .on_abort(abort)
        .on_close(close)
        .run()
        .map_err(|e| Error::Library(e.to_string()))
}

fn wanted_actions() -> Actions {
    Actions::REQUEST_MACROS
        | Actions::ADD_RECIPIENT
        | Actions::ADD_RECIPIENT_EXT
        | Actions::REMOVE_RECIPIENT
        | Actions::ADD_HEADER
        | Actions::REPLACE_HEADER
}

/// "No reply" saves a round trip on a unix socket, and costs a delayed ACK on TCP. Refused recipients cost one each, and
/// are shown only where somebody wants to know.
fn wanted_options(unix: bool, refused_recipients: bool) -> ProtocolOpts {
    let quiet = ProtocolOpts::NOREPLY_CONNECT
        | ProtocolOpts::NOREPLY_HELO
        | ProtocolOpts::NOREPLY_HEADER
        | ProtocolOpts::NOREPLY_EOH;
    let refused = if refused_recipients { ProtocolOpts::REJECTED_RCPT } else { ProtocolOpts::empty() };
    let always = ProtocolOpts::HEADER_LEADING_SPACE | ProtocolOpts::SKIP | ProtocolOpts::NO_UNKNOWN | refused;
    if unix { always | quiet } else { always }
}

const MACROS: [(Stage, &str); 4] = [
    (Stage::Mail, "{auth_authen} {cert_issuer} {cert_subject} {tls_version} {mail_addr} i"),
    (Stage::Rcpt, "{rcpt_addr} {rcpt_mailer} {rcpt_host} i"),
    (Stage::Data, "i"),
    (Stage::Eom, "i"),
];

impl Macros for ContextApi {
    fn value(&self, name: &str) -> Option<&str> {
        // What is not UTF-8 is treated as absent.
        self.macro_value(name).ok().flatten()
    }
}

/// Runs a callback's body. A panic is a fault in one message: it is logged, that message goes on without us,
/// and comes again by the pipe door.
fn fenced(
    context: &mut Context<Session>,
    after_panic: Status,
    body: impl FnOnce(&ContextApi, &mut Session) -> Status,
) -> Status {
    let Some(session) = context.data.borrow_mut() else { return after_panic };
    let result = catch_unwind(AssertUnwindSafe(|| body(&context.api, session)));
    result.unwrap_or_else(|_| {
        count(&running().0.counters.panics);
        log::error!("panic in a callback: this message goes on without us");
        session.forget_message();
        after_panic
    })
}

#[on_negotiate(negotiate)]
fn on_negotiated(
    mut context: Context<Session>,
    actions: Actions,
    options: ProtocolOpts,
) -> (Status, Actions, ProtocolOpts) {
    let (shared, unix) = running();
    let actions = actions & wanted_actions();
    let wanted = wanted_options(*unix, shared.policy.load().missed_mail);
    let options = options & wanted;
    if live() >= shared.policy.load().limits.sessions {
        tell_full(&shared.counters.sessions_over_limit);
        return (Status::Continue, actions, without_us(options));
    }
    let negotiated = catch_unwind(AssertUnwindSafe(|| {
        request_macros(&context.api, actions);
        let session = Session::new(shared.clone(), offered(options));
        match context.data.replace(session) {
            Ok(None) => {
                if LIVE.fetch_add(1, Ordering::Relaxed) == 0 {
                    knock::begin();
                }
                true
            }
            Ok(Some(_)) => true, // negotiated twice
            Err(_) => false,
        }
    }));
    if negotiated.unwrap_or(false) {
        return (Status::Continue, actions, options);
    }
    log::error!("session not set up: its mail goes on without us");
    (Status::Continue, actions, without_us(options))
}

/// A session without data is accepted whole when it connects, and for that a reply must be wanted.
fn without_us(options: ProtocolOpts) -> ProtocolOpts {
    options - ProtocolOpts::NOREPLY_CONNECT
}

/// Counts, and tells of the first, the second, the fourth: who floods us shall not flood the log.
fn tell_full(counter: &AtomicU64) {
    let so_far = counter.fetch_add(1, Ordering::Relaxed) + 1;
    if so_far.is_power_of_two() {
        log::warn!(
            "{} sessions at a time are limits.sessions: {so_far} so far went on without us; what is for an \
             inbox comes by the pipe door",
            live()
        );
    }
}

fn request_macros(api: &ContextApi, actions: Actions) {
    if actions.contains(Actions::REQUEST_MACROS) {
        for (stage, names) in MACROS {
            if let Err(error) = api.request_macros(stage, names) {
                log::warn!("macros of stage {stage:?} not requested: {error}");
            }
        }
    }
    if !actions.contains(Actions::REMOVE_RECIPIENT | Actions::ADD_RECIPIENT_EXT) {
        log::warn!("the mail server offers no recipient edits: inbox mail will go on unedited");
    }
}

fn offered(options: ProtocolOpts) -> Offered {
    Offered {
        quiet_connect: options.contains(ProtocolOpts::NOREPLY_CONNECT),
        quiet_helo: options.contains(ProtocolOpts::NOREPLY_HELO),
        quiet_header: options.contains(ProtocolOpts::NOREPLY_HEADER),
        quiet_eoh: options.contains(ProtocolOpts::NOREPLY_EOH),
        skip: options.contains(ProtocolOpts::SKIP),
        leading_space: options.contains(ProtocolOpts::HEADER_LEADING_SPACE),
    }
}

/// "No reply" where it was negotiated, and only there: the other way round the session would hang.
fn quiet(context: &Context<Session>, stage: fn(&Offered) -> bool) -> Status {
    match context.data.borrow() {
        Some(session) if stage(&session.offered) => Status::Noreply,
        _ => Status::Continue,
    }
}

#[on_connect(connect)]
fn on_connected(mut context: Context<Session>, name: &CStr, address: Option<SocketAddr>) -> Status {
    if context.data.borrow().is_none() {
        return Status::Accept; // ends the session for us
    }
    let status = quiet(&context, |o| o.quiet_connect);
    fenced(&mut context, status, |_, session| {
        session.connect(&name.to_string_lossy(), address.map(|a| a.ip()));
        status
    })
}

#[on_helo(helo)]
fn on_greeted(mut context: Context<Session>, name: &CStr) -> Status {
    let status = quiet(&context, |o| o.quiet_helo);
    fenced(&mut context, status, |_, session| {
        session.helo(&name.to_string_lossy());
        status
    })
}

#[on_mail(mail)]
fn on_sender(mut context: Context<Session>, arguments: Vec<&CStr>) -> Status {
    fenced(&mut context, Status::Continue, |api, session| {
        session.mail(arguments.first().map_or(b"", |a| a.to_bytes()), api);
        Status::Continue
    })
}

#[on_rcpt(rcpt)]
fn on_recipient(mut context: Context<Session>, arguments: Vec<&CStr>) -> Status {
    fenced(&mut context, Status::Continue, |api, session| {
        let answer = session.rcpt(arguments.first().map_or(b"", |a| a.to_bytes()), api);
        status_of(api, answer)
    })
}

#[on_data(data)]
fn on_content(mut context: Context<Session>) -> Status {
    fenced(&mut context, Status::Accept, |api, session| {
        let answer = session.data(api);
        status_of(api, answer)
    })
}

#[on_header(header)]
fn on_header_field(mut context: Context<Session>, name: &CStr, value: &CStr) -> Status {
    let status = quiet(&context, |o| o.quiet_header);
    fenced(&mut context, status, |_, session| {
        session.header(name.to_bytes(), value.to_bytes());
        status
    })
}

#[on_eoh(eoh)]
fn on_end_of_header(mut context: Context<Session>) -> Status {
    let status = quiet(&context, |o| o.quiet_eoh);
    fenced(&mut context, status, |_, session| {
        session.eoh();
        status
    })
}

#[on_body(body)]
fn on_body_chunk(mut context: Context<Session>, chunk: &[u8]) -> Status {
    fenced(&mut context, Status::Accept, |api, session| {
        let answer = session.body(chunk);
        status_of(api, answer)
    })
}

#[on_eom(eom)]
fn on_end_of_message(mut context: Context<Session>) -> Status {
    fenced(&mut context, Status::Accept, |api, session| {
        let _pass = running().0.gate.enter();
        match session.eom(api) {
            End::Answer(answer) => status_of(api, answer),
            End::Edit(edits) => {
                if let Err((edit, error)) = apply(api, &edits, session.offered.leading_space) {
                    count(&running().0.counters.edit_errors);
                    let queue_id = api.value("i").unwrap_or("NOQUEUE");
                    log::error!("{queue_id}: {edit:?} not taken: {error}; the message is recorded");
                }
                fault::reached("after-edits");
                Status::Accept
            }
        }
    })
}

#[on_abort(abort)]
fn on_aborted(mut context: Context<Session>) -> Status {
    fenced(&mut context, Status::Continue, |_, session| {
        session.forget_message();
        Status::Continue
    })
}

#[on_close(close)]
fn on_closed(mut context: Context<Session>) -> Status {
    // The data must be taken out, or it leaks.
    match catch_unwind(AssertUnwindSafe(|| context.data.take().is_ok_and(|session| session.is_some()))) {
        Ok(true) => {
            LIVE.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(false) => knock::ended(),
        Err(_) => log::error!("panic at the end of a session"),
    }
    Status::Continue
}

fn status_of(api: &ContextApi, answer: Answer) -> Status {
    match answer {
        Answer::Continue => Status::Continue,
        Answer::Accept => Status::Accept,
        Answer::Discard => Status::Discard,
        Answer::Skip => Status::Skip,
        Answer::Refuse(reply) => {
            if let Err(error) = api.set_error_reply(reply.code, Some(reply.enhanced), vec![&reply.text]) {
                log::error!("reply text not taken: {error}");
            }
            Status::Reject
        }
    }
}

fn apply<'a>(
    api: &ContextApi,
    edits: &'a [Edit],
    leading_space: bool,
) -> Result<(), (&'a Edit, milter::Error)> {
    // Who is shown header fields with their leading space must also write it.
    let lead = if leading_space { " " } else { "" };
    for edit in edits {
        match edit {
            Edit::AddRcpt(address) => api.add_recipient(&format!("<{address}>"), Some("NOTIFY=NEVER")),
            Edit::DelRcpt(written) => api.remove_recipient(written),
            Edit::DelHeader(name, nth) => api.replace_header(name, *nth, None),
            Edit::AddHeader(name, value) => api.add_header(name, &format!("{lead}{value}")),
        }
        .map_err(|error| (edit, error))?;
    }
    Ok(())
}
