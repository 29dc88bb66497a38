//! Automatic replies, from a real Postfix to the rows of the outbox: rows S06 W07 W22 X30.

use crate::harness::sink::{Sink, Taken};
use crate::harness::site::{Options, Site};
use crate::harness::smtp::Mail;

pub const INBOXES: &str = r#"
[authority]
authserv_id = "mx.crm.test"

[[inbox]]
key = "info"
address = "info@crm.test"
kind = "leads"
name = "Web"
assigned_to = "ana"

[[inbox.reply]]
language = "es"
subject = "{% if mail.subject %}Re: {{ mail.subject }}{% else %}Su mensaje a {{ inbox.name }}{% endif %}"
text = """
{% if contact.name %}
Estimado/a {{ contact.name }}:
{% else %}
Hola:
{% endif %}

hemos recibido su mensaje{% if record.code %} ({{ record.code }}){% endif +%}.
{{ company.name }}{% if user.name %}, {{ user.name }}{% endif %}
"""

[[inbox.reply]]
language = "en"
subject = "{% if mail.subject %}Re: {{ mail.subject }}{% else %}Your message to {{ inbox.name }}{% endif %}"
text = """
{% if contact.name %}
Dear {{ contact.name }},
{% else %}
Hello,
{% endif %}

we have your message{% if record.code %} ({{ record.code }}){% endif +%}.
{{ company.name }}{% if user.name %}, {{ user.name }}{% endif %}
"""
html = "<p>Dear {{ contact.name | default('customer') }}</p>"

[[inbox]]
key = "support"
address = "support@crm.test"
kind = "tickets"
reference = "INC"
name = "Help"

[[inbox.reply]]
language = "en"
subject = "Ticket {{ ticket.code }}"
text = "Hello{% if contact.name %} {{ contact.name }}{% endif %}, your ticket is {{ ticket.code }}."

[[inbox.reply]]
language = "de"
subject = "Vorgang {{ ticket.code }}"
text = "Guten Tag, Ihr Vorgang hat die Nummer {{ ticket.code }}."

[[inbox]]
key = "hand"
address = "hand@crm.test"
kind = "leads"
record = "manual"

[[inbox.reply]]
subject = "Hand"
text = "We read it."

[[inbox]]
key = "mute"
address = "mute@crm.test"
kind = "leads"

[[inbox]]
key = "log"
address = "log@crm.test"
kind = "assistant"

[[source]]
name = "Own site"
from = ["web@forms.test"]
clients = ["198.51.100.0/24"]

[[source]]
name = "Portal"
from = ["@portal.test"]
dmarc = true

[[source]]
name = "Unproven"
from = ["@unproven.test"]
"#;

pub const ENGLISH: &str = "Good morning, I would like to know whether the house with the garden is still for sale and what it costs. Thank you very much.";
const SPANISH: &str = "Buenos días, me gustaría saber si la casa con jardín todavía está en venta y cuánto cuesta. Muchas gracias por su respuesta.";
const GERMAN: &str = "Guten Tag, meine Lampe funktioniert leider nicht mehr und ich möchte gerne wissen, wie ich sie umtauschen kann. Vielen Dank.";
const FRENCH: &str = "Bonjour, je voudrais savoir si la maison avec le jardin est toujours à vendre et combien elle coûte. Merci beaucoup.";

/// What must come of it.
pub enum Expected {
    /// A reply to that address, whose text has this in it.
    Reply(&'static str, &'static str),
    /// None, and the line says this.
    None(&'static str),
    /// The inbox has no replies: the line says nothing.
    Nothing,
}
use Expected::{None as No, Nothing, Reply};

pub struct Case {
    what: &'static str,
    inbox: &'static str,
    mail_from: &'static str,
    /// Fields that stand instead of the usual ones, or besides them.
    fields: &'static str,
    body: &'static str,
    client: &'static str,
    login: Option<&'static str>,
    expected: Expected,
}

pub fn case(what: &'static str, inbox: &'static str, mail_from: &'static str, expected: Expected) -> Case {
    let client = "203.0.113.9";
    Case { what, inbox, mail_from, fields: "", body: ENGLISH, client, login: None, expected }
}

impl Case {
    fn fields(mut self, fields: &'static str) -> Case {
        self.fields = fields;
        self
    }

    pub fn body(mut self, body: &'static str) -> Case {
        self.body = body;
        self
    }

    fn client(mut self, client: &'static str) -> Case {
        self.client = client;
        self
    }

    fn login(mut self, login: &'static str) -> Case {
        self.login = Some(login);
        self
    }

    pub fn message(&self, number: usize) -> String {
        let has = |name: &str| {
            let start = format!("{}:", name.to_lowercase());
            self.fields.lines().any(|line| line.to_lowercase().starts_with(&start))
        };
        let to = self.inbox;
        let mut header = format!("{}\n", self.fields);
        for (name, value) in [
            ("From", format!("Ann Smith <{}>", self.mail_from)),
            ("To", format!("{to}@crm.test")),
            ("Subject", "The house".to_owned()),
            ("Message-ID", format!("<case-{number}@client.test>")),
            ("Date", "Sun, 22 Nov 2026 10:00:00 +0100".to_owned()),
            ("MIME-Version", "1.0".to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ] {
            // `-Name:` leaves the field out.
            if !has(name) && !has(&format!("-{name}")) {
                header += &format!("{name}: {value}\n");
            }
        }
        let kept: Vec<&str> =
            header.lines().filter(|line| !line.is_empty() && !line.starts_with('-')).collect();
        format!("{}\n\n{}\n", kept.join("\n"), self.body)
    }
}

pub const FORM: &str = "Name: Lucy Marin\nPhone: +34 600 112 233\nEmail: lucy@customer.test\nMessage: Is the flat free? http://evil.test {{ 7*7 }}";

fn matrix() -> Vec<Case> {
    let mut all = ordinary();
    all.extend(machines());
    all.extend(envelopes());
    all.extend(forms());
    all
}

/// Mail of persons.
#[rustfmt::skip]
fn ordinary() -> Vec<Case> {
    vec![
        case("a person, in English", "info", "p1@client.test", Reply("p1@client.test", "Dear Ann Smith,\n\nwe have your message (LEAD-")),
        case("in Spanish", "info", "p2@client.test", Reply("p2@client.test", "Estimado/a Ann Smith:\n\nhemos recibido")).body(SPANISH),
        case("in a language without a text: the company's", "info", "p3@client.test", Reply("p3@client.test", "Estimado/a Ann Smith")).body(FRENCH),
        case("a ticket", "support", "p4@client.test", Reply("p4@client.test", "Hello Ann Smith, your ticket is INC-2026-")),
        case("a ticket in German", "support", "p5@client.test", Reply("p5@client.test", "Ihr Vorgang hat die Nummer INC-2026-")).body(GERMAN),
        case("an inbox that only lists", "hand", "p6@client.test", Reply("p6@client.test", "We read it.")),
        case("an inbox without replies", "mute", "p7@client.test", Nothing),
        case("in Cc", "info", "p8@client.test", Reply("p8@client.test", "we have")).fields("To: bob@else.test\nCc: Web <INFO@crm.test>"),
        case("in a group", "info", "p9@client.test", Reply("p9@client.test", "we have")).fields("To: all: bob@else.test, info@crm.test;"),
        case("with a detail in To", "info", "p10@client.test", Reply("p10@client.test", "we have")).fields("To: info+web@crm.test"),
        case("by an alias that stands in To", "support", "p11@client.test", Reply("p11@client.test", "your ticket")).fields("To: helpdesk@crm.test"),
        case("no name", "info", "p12@client.test", Reply("p12@client.test", "Hello,\n\nwe have")).fields("From: p12@client.test"),
        case("a name with a link", "info", "p13@client.test", Reply("p13@client.test", "Hello,\n\nwe have")).fields("From: \"Win at evil.test\" <p13@client.test>"),
        case("a name that is a tag", "info", "p14@client.test", Reply("p14@client.test", "Hello,\n\nwe have")).fields("From: \"{{ 7*7 }}\" <p14@client.test>"),
        case("a name that is long", "info", "p15@client.test", Reply("p15@client.test", "Hello,\n\nwe have")).fields("From: \"Ann Ann Ann Ann Ann Ann Ann Ann Ann Ann Ann Ann\" <p15@client.test>"),
        case("a name in Cyrillic with an apostrophe", "info", "p16@client.test", Reply("p16@client.test", "Dear Дарʼя О'Коннор-Іваненко,")).fields("From: =?utf-8?Q?=D0=94=D0=B0=D1=80=CA=BC=D1=8F_=D0=9E'=D0=9A=D0=BE=D0=BD=D0=BD=D0=BE=D1=80-=D0=86=D0=B2=D0=B0=D0=BD=D0=B5=D0=BD=D0=BA=D0=BE?= <p16@client.test>"),
        case("another author than the envelope's: no name", "info", "p17@client.test", Reply("p17@client.test", "Hello,\n\nwe have")).fields("From: Ann Smith <ann@other.test>"),
        case("two authors", "info", "p18@client.test", No("it waits for a decision")).fields("From: a@client.test, b@client.test"),
        case("Auto-Submitted: no", "info", "p19@client.test", Reply("p19@client.test", "we have")).fields("Auto-Submitted: no"),
        case("suppresses nothing", "info", "p20@client.test", Reply("p20@client.test", "we have")).fields("X-Auto-Response-Suppress: None"),
        case("Precedence: first-class", "info", "p21@client.test", Reply("p21@client.test", "we have")).fields("Precedence: first-class"),
        case("urgent", "info", "p22@client.test", Reply("p22@client.test", "we have")).fields("X-Priority: 1\nImportance: high"),
        case("a person's form-like lines", "info", "p23@client.test", Reply("p23@client.test", "we have")).body("Name: Ann Smith\nPhone: +34 600 112 299\nEmail: p23@client.test\nMessage: Is the house still for sale?"),
        case("the same person again", "info", "p1@client.test", No("one went to p1@client.test less than 24 hours ago")),
        case("the same person at another inbox", "support", "p1@client.test", Reply("p1@client.test", "your ticket is")),
        case("a signed sender of the same person (BATV)", "info", "prvs=12345abcde=p1@client.test", No("one went to p1@client.test")).fields("From: Ann <p1@client.test>"),
        case("DMARC passed", "info", "p24@client.test", Reply("p24@client.test", "we have")).fields("Authentication-Results: mx.crm.test; dmarc=pass header.from=client.test"),
        case("DMARC has no policy", "info", "p25@client.test", Reply("p25@client.test", "we have")).fields("Authentication-Results: mx.crm.test; dmarc=none header.from=client.test"),
        case("DMARC failed elsewhere", "info", "p26@client.test", Reply("p26@client.test", "we have")).fields("Authentication-Results: mx.else.test; dmarc=fail header.from=client.test"),
        case("a read receipt is wanted", "info", "p27@client.test", Reply("p27@client.test", "we have")).fields("Disposition-Notification-To: p27@client.test"),
        case("an address in UTF-8 spelling of its domain", "info", "p28@xn--bcher-kva.test", Reply("p28@xn--bcher-kva.test", "we have")),
        case("a tag in the subject is text", "support", "p29@client.test", Reply("p29@client.test", "your ticket is INC")).fields("Subject: {{ 7*7 }} {% for a in b %}"),
        case("a code that nothing has", "support", "p30@client.test", Reply("p30@client.test", "your ticket is INC")).fields("Subject: [LEAD-999] hello"),
        case("without a Message-ID", "info", "p31@client.test", Reply("p31@client.test", "we have")).fields("-Message-ID:"),
    ]
}

/// Mail that says that no person wrote it.
#[rustfmt::skip]
fn machines() -> Vec<Case> {
    let no = |what, fields, why| case(what, "info", "m@machine.test", No(why)).fields(fields);
    vec![
        no("an automatic answer", "Auto-Submitted: auto-replied", "it is automatic mail"),
        no("generated", "Auto-Submitted: auto-generated", "(Auto-Submitted: auto-generated)"),
        no("notified, with a parameter", "Auto-Submitted: auto-notified; owner-email=\"x@y.test\"", "Auto-Submitted"),
        no("an odd case", "AUTO-SUBMITTED: Auto-Generated (rule 7)", "says that it is automatic"),
        no("two fields, one of them no", "Auto-Submitted: no\nAuto-Submitted: auto-generated", "says that it is automatic"),
        no("an unknown word", "Auto-Submitted: yes", "says that it is automatic"),
        no("Precedence: bulk", "Precedence: bulk", "sent to many"),
        no("Precedence: list", "Precedence: list", ""),
        no("Precedence: junk", "Precedence: Junk", "sent to many"),
        no("Outlook's wish", "X-Auto-Response-Suppress: OOF, AutoReply", "wants no automatic reply"),
        no("all suppressed", "X-Auto-Response-Suppress: All", "wants no automatic reply"),
        no("List-Id", "List-Id: <news.machine.test>", ""),
        no("List-Unsubscribe alone", "List-Unsubscribe: <mailto:x@machine.test>", "mailing list's, or was sent to many"),
        no("List-Post: NO", "List-Post: NO", "mailing list's, or was sent to many"),
        no("an unknown List field", "List-Whatever: x", "mailing list's, or was sent to many"),
        no("an old mailing list", "Mailing-List: contact news-help@machine.test", ""),
        no("our own mark", "X-CRM-Loop: abcdef", "has been through an automatic reply"),
        no("another loop mark", "X-Loop: vacation@machine.test", "has been through an automatic reply"),
        no("sent on", "Resent-From: bob@machine.test\nResent-To: info@crm.test", "somebody has sent it on"),
        no("an absence", "Subject: Out of office: your house\nX-Autoreply: yes", "automatic mail"),
        no("a report by its type", "Content-Type: multipart/report; report-type=delivery-status; boundary=b", ""),
        no("a calendar", "Content-Type: text/calendar; method=REQUEST; charset=utf-8", ""),
        no("a campaign", "Feedback-ID: 1:2:3:machine", "a machine made it"),
        no("a program as Sender", "Sender: owner-news@machine.test", "a program sent it"),
        no("marked as spam", "X-Spam-Flag: YES", "marked as spam"),
        no("DMARC failed", "Authentication-Results: mx.crm.test; dmarc=fail header.from=machine.test", "DMARC failed"),
        no("DMARC results that contradict", "Authentication-Results: mx.crm.test; dmarc=fail header.from=a.test; dmarc=pass header.from=machine.test", "DMARC failed"),
        no("in Bcc only", "To: bob@machine.test", "neither in To nor in Cc"),
        no("nobody in To", "To: undisclosed-recipients:;", "neither in To nor in Cc"),
        no("another inbox in To", "To: support@crm.test", "neither in To nor in Cc"),
        no("our address as a name", "To: \"info@crm.test\" <bob@machine.test>", "neither in To nor in Cc"),
        no("a no-reply author", "From: Shop <no-reply@machine.test>", ""),
        no("a program as author", "From: MAILER-DAEMON@machine.test", ""),
    ]
}

/// Envelope senders, and who they are.
#[rustfmt::skip]
fn envelopes() -> Vec<Case> {
    let no = |what, mail_from, why| case(what, "info", mail_from, No(why));
    vec![
        no("the null sender", "", "it came from the null sender").fields("From: Ann <n1@client.test>"),
        no("mailer-daemon", "mailer-daemon@client.test", "").fields("From: Ann <n2@client.test>"),
        no("postmaster", "Postmaster@client.test", "nobody reads").fields("From: Ann <n3@client.test>"),
        no("root", "root@client.test", "nobody reads").fields("From: Ann <n4@client.test>"),
        no("noreply", "noreply-7@client.test", "nobody reads").fields("From: Ann <n5@client.test>"),
        no("owner-", "owner-news@client.test", "nobody reads").fields("From: Ann <n6@client.test>"),
        no("-request", "news-request@client.test", "nobody reads").fields("From: Ann <n7@client.test>"),
        no("-bounces", "news-bounces+info=crm.test@client.test", "nobody reads").fields("From: Ann <n8@client.test>"),
        no("a sender for each recipient", "x+info=crm.test@client.test", "made for each recipient").fields("From: Ann <n9@client.test>"),
        no("our own inbox", "support@crm.test", "is one of us").fields("From: Ann <n10@client.test>"),
        no("our own signed address", "support+b.7.aaaaaaaaaaaaaaaaa@crm.test", "is one of us").fields("From: Ann <n11@client.test>"),
        no("our own domain", "someone@crm.test", "is one of us").fields("From: Ann <n12@client.test>"),
        no("a colleague as author, forged", "n13@client.test", "").fields("From: Ana <ana@crm.test>"),
        no("a colleague who logged in", "ana@crm.test", "").login("ana").fields("From: Ana <ana@crm.test>\nTo: info@crm.test, carl@client.test"),
        no("a lost contact", "lost@client.test", "the contact is lost"),
        no("an inactive contact", "inactive@client.test", "the contact is inactive"),
        no("a lost contact from another address", "other@client.test", "the contact is lost").fields("From: lost@client.test"),
        no("a switched-off address", "gone@client.test", "gone@client.test is switched off"),
    ]
}

/// Portals and forms.
#[rustfmt::skip]
fn forms() -> Vec<Case> {
    let lead = |what, mail_from, expected: Expected| case(what, "info", mail_from, expected).body(FORM);
    vec![
        lead("a form of a listed client", "web@forms.test", Reply("lucy@customer.test", "Dear Lucy Marin,\n\nwe have your message (LEAD-")).client("198.51.100.7"),
        lead("the same form, again", "web@forms.test", No("one went to lucy@customer.test less than 24 hours ago")).client("198.51.100.7").fields("Subject: Again"),
        lead("the same form from elsewhere", "web@forms.test", No("neither client nor DMARC proves that it comes from the source Own site")).client("203.0.113.77"),
        lead("a portal with DMARC", "bounces@portal.test", Reply("max@customer.test", "Hola:\n\nhemos recibido"))
            .fields("Authentication-Results: mx.crm.test; dmarc=pass header.from=portal.test\nFrom: Portal <leads@portal.test>\nPrecedence: bulk\nList-Unsubscribe: <mailto:x@portal.test>\nAuto-Submitted: auto-generated")
            .body("Name: Win 1000 EUR at http://evil.test\nPhone: +34 600 112 244\nEmail: max@customer.test\nMessage: hello"),
        lead("a portal's replay: another address of ours in To", "bounces@portal.test", No("neither in To nor in Cc"))
            .fields("Authentication-Results: mx.crm.test; dmarc=pass header.from=portal.test\nFrom: Portal <leads@portal.test>\nTo: eve@evil.test")
            .body("Name: Tom\nPhone: +34 600 112 255\nEmail: victim@customer.test\nMessage: hello"),
        lead("a portal without DMARC", "leads@portal.test", No("neither client nor DMARC")).body("Name: Tim\nPhone: +34 600 112 256\nEmail: tim@customer.test\nMessage: hello"),
        lead("a portal whose DMARC failed", "leads@portal.test", No("DMARC failed")).fields("Authentication-Results: mx.crm.test; dmarc=fail header.from=portal.test").body("Name: Tam\nPhone: +34 600 112 257\nEmail: tam@customer.test\nMessage: hello"),
        lead("a source that nothing proves", "x@unproven.test", No("neither client nor DMARC")).body("Name: Tem\nPhone: +34 600 112 258\nEmail: tem@customer.test\nMessage: hello").client("198.51.100.7"),
        lead("a form that no source knows", "web@nobody.test", No("no [[source]] vouches")).body("Name: Tum\nPhone: +34 600 112 259\nEmail: tum@customer.test\nMessage: hello").client("198.51.100.7"),
        lead("a form that names one of us", "web@forms.test", No("")).client("198.51.100.7").body("Name: Boss\nPhone: +34 600 112 260\nEmail: ana@crm.test\nMessage: hello"),
        lead("a form that names no-reply", "web@forms.test", No("")).client("198.51.100.7").body("Name: Nobody\nPhone: +34 600 112 261\nEmail: noreply@customer.test\nMessage: hello"),
        lead("a form of a lost contact", "web@forms.test", No("the contact is lost")).client("198.51.100.7").body("Name: Lost\nPhone: +34 600 112 262\nEmail: lost@client.test\nMessage: hello"),
        lead("a form with our own mark", "web@forms.test", No("has been through an automatic reply")).client("198.51.100.7").fields("X-CRM-Loop: x").body("Name: Lou\nPhone: +34 600 112 263\nEmail: lou@customer.test\nMessage: hello"),
    ]
}

pub fn prepared(sink: &Sink) -> Site {
    let aliases = [("helpdesk@crm.test", "support@crm.test")];
    let outbox_port = Some(sink.port);
    let site =
        Site::with(&Options { inboxes: INBOXES, aliases: &aliases, outbox_port, ..Options::default() });
    site.crmctl(&["contact", "add", "Lost One", "--address", "lost@client.test", "--set", "state=lost"]);
    site.crmctl(&[
        "contact",
        "add",
        "Sleeper",
        "--address",
        "inactive@client.test",
        "--set",
        "state=inactive",
    ]);
    site.try_rows(
        "INSERT INTO crm.address_state (digest, address, off_at, reason) VALUES \
         (crm.digest('gone@client.test'), 'gone@client.test', now(), 'bounce') RETURNING address",
    )
    .unwrap();
    site.prove("mx.crm.test");
    site
}

fn sent(site: &Site, case: &Case, number: usize) -> String {
    let mail = Mail {
        from: case.mail_from,
        to: vec![],
        message: case.message(number).into_bytes(),
        login: case.login,
        client: Some(case.client),
    };
    let rcpt = if case.what.starts_with("by an alias") { "helpdesk" } else { case.inbox };
    let rcpt = format!("{rcpt}@crm.test");
    site.accept(&Mail { to: vec![rcpt.as_str()], ..mail })
}

#[test]
fn automatic_replies_go_to_whom_they_may_and_to_nobody_else() {
    let sink = Sink::start();
    let site = prepared(&sink);
    let cases = matrix();
    assert!(cases.len() >= 60, "{}", cases.len());
    let queue_ids: Vec<String> = cases.iter().enumerate().map(|(at, case)| sent(&site, case, at)).collect();
    let mut wrong = Vec::new();
    for (case, queue_id) in cases.iter().zip(&queue_ids) {
        site.intakes(queue_id, 1);
        let line = site.rows(&format!(
            "SELECT coalesce(i.reply, ''), i.outcome, i.reason, coalesce(o.rcpt_to, ''), coalesce(o.message->>'text', ''), \
             coalesce(o.mail_from, 'none') FROM crm.intake i LEFT JOIN crm.outbox o ON o.in_reply_to = i.mail_id \
             WHERE i.queue_id = '{queue_id}'"
        ));
        let [row] = line.as_slice() else {
            wrong.push(format!("{}: {line:?}", case.what));
            continue;
        };
        let (reply, to, text) = (row[0].as_str(), row[3].as_str(), row[4].as_str());
        let good = match case.expected {
            Reply(address, words) => {
                reply == format!("reply to {address}")
                    && to == address
                    && text.contains(words)
                    && row[5].is_empty()
            }
            No(why) => reply.starts_with("no reply: ") && reply.contains(why) && to.is_empty(),
            Nothing => reply.is_empty() && to.is_empty(),
        };
        if !good {
            wrong.push(format!("{}: {row:?}", case.what));
        }
        assert!(!text.contains("49") && !text.contains("evil") && !text.contains("{{"), "{text}");
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    // What goes out is that and no more.
    let mut wanted: Vec<String> = cases
        .iter()
        .filter_map(|case| match case.expected {
            Reply(address, _) => Some(format!("<{address}>")),
            _ => None,
        })
        .collect();
    let mut gone: Vec<String> = sink.wait(wanted.len()).iter().map(|taken| taken.rcpt.clone()).collect();
    wanted.sort();
    gone.sort();
    assert_eq!(gone, wanted);
    assert_eq!(site.value("SELECT count(*) FROM crm.outbox"), wanted.len().to_string());
    for taken in sink.taken() {
        assert_eq!(taken.mail.split(' ').next(), Some("<>"), "{taken:?}");
        assert!(taken.field("X-CRM-Loop").is_some() && taken.field("Auto-Submitted").is_some());
    }
    let log = site.postfix.log();
    for word in ["non-delivery notification", "status=bounced", "postfix/bounce"] {
        assert!(!log.contains(word), "nobody gets a report of ours: {word}");
    }
    made(&site, &sink);
    let listed = site.crmctl(&["intake", "list", "--limit", "200"]);
    assert!(
        listed.contains("no reply: it came from the null sender")
            && listed.contains("reply to p1@client.test")
    );
}

/// What a reply is made of, and what a message to a form's customer.
fn made(site: &Site, sink: &Sink) {
    let to = |address: &str, subject: &str| {
        let taken = sink.taken().into_iter();
        let found = |taken: &Taken| {
            taken.rcpt == format!("<{address}>") && taken.field("Subject").as_deref() == Some(subject)
        };
        taken.into_iter().find(found).unwrap_or_else(|| panic!("{subject} to {address}"))
    };
    let code = site.value(
        "SELECT r.code FROM crm.record r JOIN crm.outbox o ON o.record_id = r.id WHERE o.rcpt_to = 'p1@client.test'",
    );
    let reply = to("p1@client.test", "Re: The house");
    let field = |name: &str| reply.field(name).unwrap_or_default();
    assert_eq!(field("From"), "Web <info@crm.test>");
    assert_eq!(field("To"), "Ann Smith <p1@client.test>");
    assert_eq!(field("Auto-Submitted"), "auto-replied");
    assert_eq!(
        (field("In-Reply-To"), field("References")),
        ("<case-0@client.test>".into(), "<case-0@client.test>".into())
    );
    assert!(field("Reply-To").contains(&format!("<info+{code}.")), "{}", field("Reply-To"));
    assert!(reply.message.contains("<p>Dear Ann Smith</p>"), "{}", reply.message);
    let lead = to("lucy@customer.test", "Your message to Web");
    assert_eq!(lead.field("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!((lead.field("In-Reply-To"), lead.field("References")), (None, None));
    assert!(!lead.message.contains("flat"), "nothing of the form: {}", lead.message);
}
