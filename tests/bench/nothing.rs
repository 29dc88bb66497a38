//! A milter that does nothing, for comparison: the callbacks and the negotiation of crm-milter, and always
//! Continue. Its figures are what any filter written with this library costs at the least.
//!
//! usage: nothing SOCKET

use milter::{
    Actions, Context, Milter, ProtocolOpts, Stage, Status, on_abort, on_body, on_close, on_connect, on_data,
    on_eoh, on_eom, on_header, on_helo, on_mail, on_negotiate, on_rcpt,
};
use std::ffi::CStr;
use std::net::SocketAddr;

/// Whether the stages of which Postfix needs no reply were negotiated: noted once for each session.
struct Session {
    no_reply: ProtocolOpts,
}

const WANTED: ProtocolOpts = ProtocolOpts::NOREPLY_CONNECT
    .union(ProtocolOpts::NOREPLY_HELO)
    .union(ProtocolOpts::NOREPLY_HEADER)
    .union(ProtocolOpts::NOREPLY_EOH);

#[on_negotiate(negotiate_callback)]
fn negotiate(
    mut context: Context<Session>,
    actions: Actions,
    offered: ProtocolOpts,
) -> (Status, Actions, ProtocolOpts) {
    for (stage, macros) in [
        (Stage::Connect, "j {client_name} {client_addr}"),
        (Stage::Mail, "{auth_authen} {cert_issuer} {cert_subject} {mail_addr}"),
        (Stage::Rcpt, "i {rcpt_addr} {rcpt_mailer} {rcpt_host}"),
        (Stage::Data, "i"),
        (Stage::Eom, "i"),
    ] {
        context.api.request_macros(stage, macros).ok();
    }
    let no_reply = offered & WANTED;
    context.data.replace(Session { no_reply }).ok();
    let wanted = no_reply | (offered & (ProtocolOpts::HEADER_LEADING_SPACE | ProtocolOpts::NO_UNKNOWN));
    let edits = Actions::ADD_HEADER | Actions::ADD_RECIPIENT | Actions::REMOVE_RECIPIENT;
    (Status::Continue, actions & edits, wanted)
}

fn status(context: &Context<Session>, stage: ProtocolOpts) -> Status {
    match context.data.borrow() {
        Some(session) if session.no_reply.contains(stage) => Status::Noreply,
        _ => Status::Continue,
    }
}

#[on_connect(connect_callback)]
fn connect(context: Context<Session>, _host: &CStr, _address: Option<SocketAddr>) -> Status {
    status(&context, ProtocolOpts::NOREPLY_CONNECT)
}

#[on_helo(helo_callback)]
fn helo(context: Context<Session>, _name: &CStr) -> Status {
    status(&context, ProtocolOpts::NOREPLY_HELO)
}

#[on_mail(mail_callback)]
fn mail(_context: Context<Session>, _arguments: Vec<&CStr>) -> Status {
    Status::Continue
}

#[on_rcpt(rcpt_callback)]
fn rcpt(_context: Context<Session>, _arguments: Vec<&CStr>) -> Status {
    Status::Continue
}

#[on_data(data_callback)]
fn data(_context: Context<Session>) -> Status {
    Status::Continue
}

#[on_header(header_callback)]
fn header(context: Context<Session>, _name: &CStr, _value: &CStr) -> Status {
    status(&context, ProtocolOpts::NOREPLY_HEADER)
}

#[on_eoh(eoh_callback)]
fn eoh(context: Context<Session>) -> Status {
    status(&context, ProtocolOpts::NOREPLY_EOH)
}

#[on_body(body_callback)]
fn body(_context: Context<Session>, _content: &[u8]) -> Status {
    Status::Continue
}

#[on_eom(eom_callback)]
fn eom(_context: Context<Session>) -> Status {
    Status::Continue
}

#[on_abort(abort_callback)]
fn abort(_context: Context<Session>) -> Status {
    Status::Continue
}

#[on_close(close_callback)]
fn close(mut context: Context<Session>) -> Status {
    context.data.take().ok();
    Status::Continue
}

fn main() {
    let Some(socket) = std::env::args().nth(1) else {
        eprintln!("usage: nothing SOCKET");
        std::process::exit(64);
    };
    let run = Milter::new(&socket)
        .name("nothing")
        .on_negotiate(negotiate_callback)
        .on_connect(connect_callback)
        .on_helo(helo_callback)
        .on_mail(mail_callback)
        .on_rcpt(rcpt_callback)
        .on_data(data_callback)
        .on_header(header_callback)
        .on_eoh(eoh_callback)
        .on_body(body_callback)
        .on_eom(eom_callback)
        .on_abort(abort_callback)
        .on_close(close_callback)
        .actions(Actions::ADD_HEADER | Actions::ADD_RECIPIENT | Actions::REMOVE_RECIPIENT)
        .remove_socket(true)
        .run();
    if let Err(error) = run {
        eprintln!("nothing: {error}");
        std::process::exit(69);
    }
}
