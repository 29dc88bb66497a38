//! Which rule parted new text, signature and quotation, and the line that it went by.
//!
//! Text and quotation: `reply-block` (a quoted header), `reply-intro` ("On … wrote:"), `reply-separator`,
//! `reply-marks` (`>` or a container of the HTML); `reply-whole` if nothing was cut. Signature:
//! `signature-delimiter`, `signature-closing`, `signature-device`, or `signature-container` (the client's mark).

use super::Reply;
use super::head::{Head, Kind};
use super::lines::Lines;
use crate::mail::finding::Finding;
use crate::mail::labels;

/// Of a message taken apart; `signed` is the line with which the signature begins.
pub(super) fn fields(
    reply: &Reply,
    lines: &Lines<'_>,
    head: Option<&Head>,
    signed: Option<&str>,
) -> Vec<Finding> {
    let first = |text: &str| text.lines().map(str::trim).find(|l| !l.is_empty()).map(str::to_owned);
    let quoted = reply.quoted.as_deref().and_then(first);
    let above = head.and_then(|head| lines.all.get(head.start)).map(|line| line.text.to_owned());
    let (rule, what) = match (head.map(|head| &head.kind), &quoted) {
        (_, None) => ("reply-whole", first(&reply.text)),
        (Some(Kind::Block(_)), _) => ("reply-block", above),
        (Some(Kind::Intro(intro)), _) => ("reply-intro", Some(intro.text.clone())),
        (Some(Kind::Bare), _) => ("reply-separator", above),
        (None, Some(_)) => ("reply-marks", quoted.clone()),
    };
    let what = what.filter(|what| !what.is_empty()).or_else(|| first(&reply.text)).unwrap_or_default();
    let mut found = Vec::new();
    if !reply.text.is_empty() {
        found.push(Finding::new(rule, "reply.text", &what));
    }
    if quoted.is_some() {
        found.push(Finding::new(rule, "reply.quoted", &what));
    }
    if let Some(signature) = &reply.signature {
        let line = signed.unwrap_or_default();
        let rule = match () {
            () if reply.delimited => "signature-delimiter",
            () if labels::is_device_note(line) => "signature-device",
            () if labels::closing(line).is_some() => "signature-closing",
            () => "signature-container",
        };
        found.push(Finding::new(rule, "reply.signature", first(signature).unwrap_or_default()));
    }
    found
}
