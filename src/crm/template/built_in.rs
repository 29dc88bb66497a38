//! The built-in templates, for companies that write none of their own.

use super::{Purpose, Template};
use std::sync::LazyLock;

/// All of them, with their languages.
pub(super) fn all() -> &'static [(&'static str, Template)] {
    &TEMPLATES
}

static TEMPLATES: LazyLock<Vec<(&'static str, Template)>> = LazyLock::new(|| {
    let checked = |&(language, purpose, subject, text): &(&'static str, Purpose, &str, &str)| {
        let template = Template::new(purpose, false, subject, text, None);
        (language, template.expect("a test makes each of them"))
    };
    TEXTS.iter().map(checked).collect()
});

const COMMENT_SUBJECT: &str = "Re: {{ ticket.subject }} [{{ ticket.code }}]";
const NOTICE_SUBJECT: &str = "[CRM] {{ notice.text }}";

const TEXTS: [(&str, Purpose, &str, &str); 12] = [
    (
        "en",
        Purpose::Comment,
        COMMENT_SUBJECT,
        "{{ comment.text }}

-- 
{{ user.name }}
{{ inbox.name }}{% if company.name %}, {{ company.name }}{% endif +%}

Ticket {{ ticket.code }}. To add something, just reply to this message.
",
    ),
    (
        "es",
        Purpose::Comment,
        COMMENT_SUBJECT,
        "{{ comment.text }}

-- 
{{ user.name }}
{{ inbox.name }}{% if company.name %}, {{ company.name }}{% endif +%}

Incidencia {{ ticket.code }}. Para añadir algo, basta con responder a este mensaje.
",
    ),
    (
        "de",
        Purpose::Comment,
        COMMENT_SUBJECT,
        "{{ comment.text }}

-- 
{{ user.name }}
{{ inbox.name }}{% if company.name %}, {{ company.name }}{% endif +%}

Vorgang {{ ticket.code }}. Wenn Sie etwas ergänzen möchten, antworten Sie einfach auf diese Nachricht.
",
    ),
    (
        "fr",
        Purpose::Comment,
        COMMENT_SUBJECT,
        "{{ comment.text }}

-- 
{{ user.name }}
{{ inbox.name }}{% if company.name %}, {{ company.name }}{% endif +%}

Ticket {{ ticket.code }}. Pour ajouter quelque chose, il suffit de répondre à ce message.
",
    ),
    ("en", Purpose::Notice, NOTICE_SUBJECT, "{{ notice.text }}\n\nThe CRM wrote this to {{ user.name }}.\n"),
    ("es", Purpose::Notice, NOTICE_SUBJECT, "{{ notice.text }}\n\nAviso del CRM para {{ user.name }}.\n"),
    ("de", Purpose::Notice, NOTICE_SUBJECT, "{{ notice.text }}\n\nNachricht des CRM an {{ user.name }}.\n"),
    ("fr", Purpose::Notice, NOTICE_SUBJECT, "{{ notice.text }}\n\nMessage du CRM pour {{ user.name }}.\n"),
    (
        "en",
        Purpose::Digest,
        "[CRM] {{ notice.count }} new notices",
        "{{ notice.text }}\n\nThe CRM wrote this to {{ user.name }}.\n",
    ),
    (
        "es",
        Purpose::Digest,
        "[CRM] {{ notice.count }} avisos nuevos",
        "{{ notice.text }}\n\nAviso del CRM para {{ user.name }}.\n",
    ),
    (
        "de",
        Purpose::Digest,
        "[CRM] {{ notice.count }} neue Nachrichten",
        "{{ notice.text }}\n\nNachricht des CRM an {{ user.name }}.\n",
    ),
    (
        "fr",
        Purpose::Digest,
        "[CRM] {{ notice.count }} nouveaux messages",
        "{{ notice.text }}\n\nMessage du CRM pour {{ user.name }}.\n",
    ),
];
