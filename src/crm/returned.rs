//! What comes back of our own mail, and the addresses that it switches off (rows W15 and W17).
//!
//! Only what came to an address signed for a letter says anything here: whoever sends to it has had that letter,
//! or is the server that could not deliver it. The address that is switched off is the letter's own, whatever
//! the report names. Each letter counts once, for the gravest that came back of it: a report sent again, by
//! whomever, changes nothing, and a full mailbox needs three letters to be taken for a dead one.
//!
//! A refusal for good is about the address unless it says that it is about the message or the sending host:
//! that our host stood on a list for a day must not switch off all customers of one provider.

use super::known::{KnownSent, KnownState};
use crate::mail::address;
use crate::mail::complaint::Complaint;
use crate::mail::dsn::{Action, Bounce, Reason, Recipient};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Letters within [`WINDOW`] that found the mailbox full, for it to be taken for a dead one.
pub const FULL: usize = 3;
/// See [`FULL`].
pub const WINDOW: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What came back of a letter, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// It is late.
    Delayed,
    /// It was refused, or given up, for reasons that are not the address's.
    Refused,
    /// The mailbox was full.
    Full,
    /// The address takes no mail.
    Bounce,
    /// Its recipient wants no more.
    Unsubscribe,
    /// Its recipient complained.
    Complaint,
}

impl Sign {
    const ALL: [Sign; 6] =
        [Sign::Delayed, Sign::Refused, Sign::Full, Sign::Bounce, Sign::Unsubscribe, Sign::Complaint];

    /// The name used in SQL and JSON; of those that switch off, also the address's reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Sign::Delayed => "delayed",
            Sign::Refused => "refused",
            Sign::Full => "full",
            Sign::Bounce => "bounce",
            Sign::Unsubscribe => "unsubscribe",
            Sign::Complaint => "complaint",
        }
    }

    /// The sign of that name.
    pub fn from_name(name: &str) -> Option<Sign> {
        Sign::ALL.into_iter().find(|sign| sign.as_str() == name)
    }

    /// Whether it is the recipient's will and not a mail server's.
    fn is_will(self) -> bool {
        matches!(self, Sign::Unsubscribe | Sign::Complaint)
    }
}

/// What a message says of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `None`: nothing that counts.
    pub sign: Option<Sign>,
    /// The same for people: one sentence's end.
    pub words: String,
}

/// What is written for a message that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The letter.
    pub sent: Uuid,
    /// Canonical address that it went to.
    pub address: String,
    /// What came back of it.
    pub sign: Sign,
    /// For people.
    pub words: String,
    /// The message that said so.
    pub mail: Uuid,
    /// When that came.
    pub at: Timestamp,
    /// What it does to the address.
    pub effect: Effect,
}

/// What a message does to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// So many letters have found the mailbox full.
    Counted(usize),
    /// It is switched off, or stays so for a reason that weighs more.
    Off(&'static str),
}

/// What a delivery report says of a letter to that canonical address.
pub fn said_by_bounce(bounce: &Bounce, rcpt_to: &str, case_sensitive: bool) -> Said {
    let is_theirs = |recipient: &&Recipient| {
        let named = recipient.address.as_deref().and_then(|a| address::canonical(a, case_sensitive));
        named.as_deref() == Some(rcpt_to)
    };
    let mut of_letter: Vec<&Recipient> = bounce.recipients.iter().filter(is_theirs).collect();
    let other = of_letter.is_empty();
    if other {
        of_letter.extend(&bounce.recipients);
    }
    let arrived =
        |r: &&&Recipient| matches!(r.action, Action::Delivered | Action::Relayed | Action::Expanded);
    if let Some(recipient) = of_letter.iter().find(arrived) {
        return Said { sign: None, words: format!("it arrived{}", named(recipient, other)) };
    }
    let Some((sign, recipient)) = of_letter.iter().map(|r| (sign_of(r), *r)).max_by_key(|(sign, _)| *sign)
    else {
        let words = "it does not say what became of the mail".to_owned();
        return Said { sign: Some(Sign::Refused), words };
    };
    let why = match sign {
        Sign::Delayed => "the mail is late",
        Sign::Full => "the mailbox is full",
        Sign::Bounce => "the address takes no mail",
        _ => "the mail was refused, for reasons that are not the address's",
    };
    let said = recipient.diagnostic.as_deref().map_or_else(String::new, |said| format!(": {}", cut(said)));
    Said { sign: Some(sign), words: format!("{why} ({}){}{said}", recipient.status, named(recipient, other)) }
}

/// A sentence's part for a recipient whom the letter did not go to: it was passed on.
fn named(recipient: &Recipient, other: bool) -> String {
    match recipient.address.as_deref().filter(|_| other) {
        Some(address) => format!(", which the report says of {}", cut(address)),
        None => String::new(),
    }
}

/// Most characters of a stranger's words.
const QUOTED: usize = 200;

fn cut(words: &str) -> String {
    words.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn sign_of(recipient: &Recipient) -> Sign {
    let full = recipient.reason == Reason::MailboxFull
        || recipient.status.split_once('.').is_some_and(|(_, detail)| detail == "2.2");
    match recipient.action {
        Action::Delayed => Sign::Delayed,
        _ if full => Sign::Full,
        _ if recipient.permanent && speaks_of_address(recipient.reason) => Sign::Bounce,
        _ => Sign::Refused,
    }
}

/// Whether a refusal for good with this reason says that the address is of no use.
fn speaks_of_address(reason: Reason) -> bool {
    match reason {
        Reason::UnknownUser
        | Reason::Disabled
        | Reason::Moved
        | Reason::UnknownHost
        | Reason::Relaying
        | Reason::Policy
        | Reason::Undefined => true,
        Reason::MailboxFull
        | Reason::Network
        | Reason::Expired
        | Reason::TooBig
        | Reason::Spam
        | Reason::Virus
        | Reason::Blocked
        | Reason::Authentication
        | Reason::Rate
        | Reason::Content
        | Reason::Loop
        | Reason::System
        | Reason::Rejected => false,
    }
}

/// What an abuse report says. Reports of failed authentication and "this is no spam" have its form too.
pub fn said_by_complaint(complaint: &Complaint) -> Said {
    let kind = cut(&complaint.feedback_type);
    match kind.as_str() {
        "notspam" | "authfailure" | "dmarc" | "virus" => {
            Said { sign: None, words: format!("a report of the kind {kind}, which is no complaint") }
        }
        _ => Said { sign: Some(Sign::Complaint), words: format!("its recipient complained of it ({kind})") },
    }
}

/// What a sign does, and where it does nothing, why.
pub fn effect(
    sign: Sign,
    sent: &KnownSent,
    state: &KnownState,
    at: Timestamp,
) -> (Effect, Option<&'static str>) {
    if sign != Sign::Unsubscribe && sent.report.is_some_and(|reported| reported >= sign) {
        return (Effect::None, Some("that was known of this mail already"));
    }
    // What was on its way when somebody switched the address on speaks of before.
    if !sign.is_will() && state.reactivated_at.is_some_and(|on| on > sent.created_at) {
        return (Effect::None, Some("the address was switched on since the mail went out"));
    }
    let off = state.off.map(Off::weight);
    match sign {
        Sign::Delayed | Sign::Refused => (Effect::None, None),
        Sign::Full => {
            // Not all of them were received in the order in which they are planned.
            let near = |full: Timestamp| full.duration_since(at).abs() <= WINDOW;
            let earlier = state.full.iter().filter(|(id, full)| *id != sent.id && near(*full));
            match earlier.count() + 1 {
                _ if off.is_some() => (Effect::None, Some("the address was switched off already")),
                count if count >= FULL => (Effect::Off(sign.as_str()), None),
                count => (Effect::Counted(count), None),
            }
        }
        Sign::Bounce | Sign::Unsubscribe | Sign::Complaint => {
            let weight = Off::By(sign).weight();
            match off {
                Some(off) if off >= weight => (Effect::None, Some("the address was switched off already")),
                _ => (Effect::Off(sign.as_str()), None),
            }
        }
    }
}

/// Why an address is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// By what came back.
    By(Sign),
    /// By a person.
    Hand,
}

impl Off {
    /// The reason of that name in the database.
    pub fn from_name(name: &str) -> Off {
        Sign::from_name(name).map_or(Off::Hand, Off::By)
    }

    /// What a person decided stays, unless the recipient says more.
    fn weight(self) -> u8 {
        match self {
            Off::By(sign) if sign.is_will() => 4,
            Off::Hand => 3,
            Off::By(Sign::Bounce) => 2,
            Off::By(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn sent() -> KnownSent {
        KnownSent {
            id: Uuid::from_u128(1),
            rcpt_to: "a@client.test".into(),
            subject: "Offer".into(),
            contact: None,
            record: None,
            ticket: None,
            told: Vec::new(),
            created_at: Timestamp::from_second(SECOND).unwrap(),
            report: None,
            hearsay: false,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(SECOND + seconds).unwrap()
    }

    #[test]
    fn reason_that_weighs_more_takes_the_place_of_another() {
        let becomes = |off: &str, sign: Sign| {
            let state = KnownState { off: Some(Off::from_name(off)), ..KnownState::default() };
            effect(sign, &sent(), &state, at(1)).0
        };
        for (off, sign) in [
            ("full", Sign::Bounce),
            ("bounce", Sign::Unsubscribe),
            ("hand", Sign::Complaint),
            ("full", Sign::Complaint),
        ] {
            assert_eq!(becomes(off, sign), Effect::Off(sign.as_str()), "{off}");
        }
        for (off, sign) in [
            ("hand", Sign::Bounce),
            ("unsubscribe", Sign::Bounce),
            ("unsubscribe", Sign::Complaint),
            ("complaint", Sign::Unsubscribe),
            ("bounce", Sign::Full),
        ] {
            assert_eq!(becomes(off, sign), Effect::None, "{off}");
        }
    }

    #[test]
    fn recipients_will_counts_whenever_the_letter_went_out_and_a_servers_word_does_not() {
        let state = KnownState { reactivated_at: Some(at(5)), ..KnownState::default() };
        assert_eq!(effect(Sign::Bounce, &sent(), &state, at(9)).0, Effect::None);
        assert_eq!(effect(Sign::Complaint, &sent(), &state, at(9)).0, Effect::Off("complaint"));
        assert_eq!(effect(Sign::Unsubscribe, &sent(), &state, at(9)).0, Effect::Off("unsubscribe"));
        let known = KnownSent { report: Some(Sign::Complaint), ..sent() };
        assert_eq!(
            effect(Sign::Complaint, &known, &state, at(9)).0,
            Effect::None,
            "the same complaint again"
        );
    }

    #[test]
    fn report_that_names_several_counts_for_the_letters_own_recipient() {
        let recipient = |address: &str, action, permanent, status: &str| Recipient {
            address: Some(address.into()),
            status: status.into(),
            permanent,
            reason: Reason::UnknownUser,
            action,
            diagnostic: None,
        };
        let said = |recipients| {
            said_by_bounce(&Bounce { recipients, original_message_id: None }, "a@client.test", false).sign
        };
        let (gone, late) = (
            recipient("b@client.test", Action::Failed, true, "5.1.1"),
            recipient("A@Client.test", Action::Delayed, false, "4.4.1"),
        );
        assert_eq!(said(vec![gone.clone(), late]), Some(Sign::Delayed));
        let arrived = recipient("c@client.test", Action::Delivered, false, "2.0.0");
        assert_eq!(said(vec![gone.clone(), arrived]), None, "passed on to several, and one has it");
        assert_eq!(said(vec![gone]), Some(Sign::Bounce));
        assert_eq!(said(Vec::new()), Some(Sign::Refused));
    }
}
