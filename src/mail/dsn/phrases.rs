//! Words of servers: why they refuse, and how their reports are headed and labelled. All in lower case.

use super::reason::Reason;

/// Phrases by reason; the more telling classes stand first.
#[rustfmt::skip]
pub const PHRASES: &[(Reason, &[&str])] = &[
    (Reason::Virus, &[
        "virus", "malware", "infected", "forbidden attachment", "blocked attachment", "attachment type",
        "banned file", "executable",
    ]),
    (Reason::MailboxFull, &[
        "mailbox full", "mailbox is full", "mailbox quota", "over quota", "overquota", "quota exceed",
        "exceeded quota", "exceed quota", "exceeded storage", "exceeded their storage", "storage quota",
        "storage allocation", "insufficient disk", "out of storage", "inbox is full", "mailbox exceed",
        "mailbox size limit", "exceeds allowed size", "maximum mailbox", "disk quota", "disc quota",
        "mailbox_full", "mailbox has exceeded", "exceeded the local limit", "quota full", "not enough space",
        "no space left on device", "user is over", "account is full", "mailfolder is full",
        "maildrop has exceeded", "is over the allowed", "over its disk", "over the maximum", "full mailbox",
        "mailbox for user is full", "exceeded mailbox", "box is full", "user has exhausted", "buzón lleno",
        "buzon lleno", "cuota excedida", "espacio insuficiente", "caixa de correio cheia", "boîte pleine",
        "boite pleine", "dépassé son quota", "postfach ist voll", "postfach voll", "casella piena",
        "spazio esaurito", "メールボックスがいっぱい", "容量",
    ]),
    (Reason::Authentication, &[
        "dmarc", "spf check", "spf fail", "spf record", "dkim", "sender policy framework", "unauthenticated",
        "authentication check", "authentication results", "not authenticated by", "does not pass auth",
        "spf validation",
    ]),
    (Reason::Disabled, &[
        "account disabled", "account is disabled", "mailbox disabled", "mailbox is disabled", "is disabled",
        "been disabled", "user disabled", "disabled recipient", "account suspended", "been suspended",
        "is suspended", "account inactive", "account is inactive", "is inactive", "mailbox inactive",
        "not active", "account locked", "account is locked", "mailbox locked", "mailbox is frozen",
        "account frozen", "account expired", "account has expired", "deactivated",
        "mailbox currently suspended", "inactive user", "inactive mailbox", "account has been closed",
        "account closed", "temporarily disabled", "boîte inactive", "cuenta suspendida", "cuenta desactivada",
        "deaktiviert", "gesperrt", "on hold",
    ]),
    (Reason::Moved, &[
        "has moved", "user moved", "address changed", "new address", "is no longer used",
        "no longer valid, use", "please try <", "has been replaced by", "has changed their", "recipient moved",
    ]),
    (Reason::Relaying, &[
        "relay access denied", "relaying denied", "relay denied", "not permitted to relay", "unable to relay",
        "relay not permitted", "we do not relay", "relaying not allowed", "relay operation rejected",
        "not a gateway", "isn't in my list of allowed rcpthosts", "not in my rcpthosts", "relaying prohibited",
        "relay is prohibited", "not allowed to relay", "no relaying", "relay not allowed", "relaying is",
        "relaying mail to", "mail relay",
    ]),
    (Reason::Rate, &[
        "too many connections", "too many mess", "too many concurrent", "too much mail", "too many recipients",
        "rate limit", "ratelimit", "throttl", "sending rate", "limit exceeded for this",
        "exceeded the maximum number", "receiving mail at a rate", "receiving mail too quickly", "too fast",
        "message rate", "too many mail", "max message per", "hourly limit", "daily limit", "connection rate",
        "too many sessions", "unusual rate", "too frequent",
    ]),
    (Reason::Blocked, &[
        "blacklist", "black list", "blocklist", "block list", "blocked using", "rbl", "dnsbl", "spamhaus",
        "spamcop", "barracudacentral", "poor reputation", "bad reputation", "low reputation", "reputation",
        "sender is blocked", "client host", "ip address is", "your ip", "cannot find your hostname",
        "reverse dns", "reverse hostname", "ptr record", "rdns", "helo command rejected", "banned", "your host",
        "connecting ip", "sending ip", "is listed", "listed at", "listed on", "blocked - see",
        "has been blocked", "is blocked", "blocked by", "ip blocked", "refused. ip",
    ]),
    (Reason::Spam, &[
        "spam", "unsolicited", "junk", "content rejected", "message content", "bulk mail", "bulk email",
        "urlbl", "surbl", "phish", "considered unwanted", "appears to be unwanted", "bayes",
    ]),
    (Reason::TooBig, &[
        "message size", "too large", "too big", "size exceed", "exceeds size", "exceeded maximum message",
        "message exceeds", "maximum size", "size limit", "message length exceeds", "exceeds the maximum",
        "max message size", "exceeds fixed maximum", "demasiado grande", "trop volumineux", "zu groß",
        "header size exceeds",
    ]),
    (Reason::Rejected, &[
        "sender address rejected", "domain of sender", "sender domain", "sender rejected", "sender refused",
        "sender denied", "sender verify", "sender address has", "invalid sender", "unknown sender",
        "sender unknown", "bad sender", "mailfrom", "is not verified", "sender not authorized",
        "not accept mail from", "not allowed to send", "not authorized to send", "sender is not",
        "do not accept mails from", "refuse mail from", "sender does not exist", "return path",
    ]),
    (Reason::UnknownHost, &[
        "name service error", "host or domain name not found", "host unknown", "unknown host",
        "domain not found", "any host named", "find any host", "unknown domain", "no such domain",
        "unrouteable mail domain", "unroutable domain", "mail domain", "null mx", "nullmx", "nxdomain", "no mx",
        "mx record", "domain name not",
    ]),
    (Reason::Moved, &[
        "recipient no longer on server",
    ]),
    (Reason::UnknownUser, &[
        "user unknown", "unknown user", "no such user", "no such mailbox", "no such recipient",
        "no such address", "unknown recipient", "recipient unknown", "unknown local", "unknown address",
        "unknown mailbox", "unknown account", "mailbox unavailable", "mailbox not found",
        "mailbox does not exist", "user not found", "account not found", "address not found",
        "recipient not found", "recipnotfound", "does not exist", "doesn't exist", "do not exist", "not exist",
        "user doesn't have", "user does not have", "no mailbox here", "no mailbox", "invalid recipient",
        "invalid mailbox", "invalid user", "invalid address", "bad destination mailbox", "not a valid",
        "is not valid", "isn't valid", "no account by that name", "account does not", "not listed in",
        "recipient address rejected", "address rejected", "recipient rejected", "not a known user",
        "name is not recognized", "user not known", "not known here", "not our customer",
        "undeliverable address", "unroutable address", "unrouteable address", "no valid recipients",
        "no longer available", "no longer exists", "not local", "not found", "couldn't be found",
        "wasn't found", "wasn’t found", "could not be found", "can't be found", "address lookup failed",
        "couldn't find", "no longer on server", "no longer here", "deleted user", "has been deleted",
        "unknown virtual", "vdeliver: invalid", "nosuchuser", "no user", "there is no", "dosn't exist",
        "non-existent", "nonexistent", "no local mailbox", "unable to find recipient", "mailbox invalid",
        "not here", "destinataire inconnu", "utilisateur inconnu", "adresse inconnue", "n'existe pas",
        "adresse d'expéditeur", "introuvable", "usuario desconocido", "no existe", "destinatario desconocido",
        "dirección desconocida", "usuário desconhecido", "não existe", "nao existe", "utente sconosciuto",
        "destinatario sconosciuto", "non esiste", "unbekannt", "existiert nicht", "nicht gefunden", "onbekend",
        "bestaat niet", "nieznany", "nie istnieje", "неизвестен", "не существует", "не найден", "nepoznat",
        "neznám", "okänd", "ukjent", "ukendt", "finns inte", "findes ikke", "ismeretlen", "bilinmeyen",
        "見つかりません", "存在しません", "ユーザーが見つかり", "宛先", "不存在", "없는",
    ]),
    (Reason::UnknownHost, &[
        "host unknown", "unknown host", "host not found", "domain not found", "any host named", "find any host",
        "unknown domain", "no such domain", "name service error", "name or service not known", "nxdomain",
        "null mx", "nullmx", "does not accept mail", "unrouteable mail domain", "no mx", "mx record",
        "dns error", "name server", "domain name not", "invalid domain", "bad domain",
        "malformed address: domain", "no route to domain", "unresolvable", "couldn't find any host",
        "cannot find any host", "domain does not", "dns lookup", "domaine inconnu", "dominio desconocido",
        "unbekannte domain", "no dns", "hostname lookup",
    ]),
    (Reason::Expired, &[
        "message expired", "delivery time expired", "retry timeout", "retry time not", "too long in queue",
        "been in the queue too long", "could not be delivered for more", "in mail queue", "queue too long",
        "delivery attempts", "cannot send message for", "was undeliverable within", "giving up on",
        "unable to deliver message after multiple retries", "expired", "queued too long", "retry limit",
        "for the last", "failed 20 attempts", "tried for", "maximum retry",
    ]),
    (Reason::Loop, &[
        "too many hops", "mail loop", "loops back", "routing loop", "loop detected", "hop count",
        "mail forwarding loop", "message looping",
    ]),
    (Reason::Network, &[
        "connection timed out", "connection refused", "no route to host", "network is unreachable", "timed out",
        "network unreachable", "lost connection", "connection dropped", "connection reset", "connection lost",
        "connection was dropped", "unable to connect", "could not connect", "couldn't connect",
        "cannot connect", "connect to", "connection closed", "socket error", "did not respond",
        "not responding", "timeout", "connection error", "connection failed", "connection failure",
        "tls handshake", "starttls", "greylist", "graylist", "grey list", "try again later",
        "conversation with", "end of data",
    ]),
    (Reason::Content, &[
        "syntax error", "bad sequence", "message header", "header error", "rfc 5322", "rfc5322", "rfc 2822",
        "rfc2822", "rfc 5321", "malformed", "missing header", "invalid header", "bare lf", "bare line feed",
        "line too long", "8bit", "smtputf8", "multiple from", "multiple addresses", "mime", "format error",
        "not rfc", "duplicate header", "non-ascii", "bad header", "unsupported", "invalid format",
    ]),
    (Reason::Policy, &[
        "policy", "access denied", "not authorized", "not authorised", "permission denied", "not permitted",
        "prohibited", "restricted", "not allowed", "administrative", "administratively", "refused by",
        "security", "unacceptable", "violat", "local restriction", "not accepted for",
    ]),
    (Reason::Rejected, &[
        "sender address rejected", "sender rejected", "sender refused", "you are not allowed", "from address",
        "unknown sender", "sender verify", "sender denied", "mail from", "rejected", "refused", "denied",
    ]),
    (Reason::System, &[
        "system error", "local error", "internal error", "service unavailable", "server error",
        "temporary failure", "temporarily unavailable", "queue file", "insufficient system", "command died",
        "command output", "cannot create", "can't create", "could not open", "i/o error", "system not",
        "mailer error", "local configuration", "not accepting", "resources", "program failed", "input/output",
    ]),
];

/// What subjects of reports say.
#[rustfmt::skip]
pub const SUBJECTS: &[&str] = &[
    "undeliver", "returned mail", "delivery status notification", "delivery failure", "delivery failed",
    "failure notice", "mail delivery", "non-deliver", "nondeliver", "not deliver", "couldn't be delivered",
    "could not be delivered", "returned to sender", "returning message", "returning to sender",
    "mail failed", "delivery notification", "delivery report", "message status", "delivery problem",
    "delivery error", "unable to deliver", "error sending", "mail error", "mail system error",
    "message delayed", "delayed mail", "delivery delay", "delay", "warning: message",
    "warning: could not send", "bounce", "unzustellbar", "nicht zugestellt", "zustellung", "non remis",
    "non distribu", "échec de la remise", "echec de la remise", "non livré", "no se puede entregar",
    "no entregado", "no se ha podido", "no se pudo", "devuelto", "não entregue", "não foi possível",
    "falha na entrega", "devolvid", "non recapitabile", "mancata consegna", "consegna fallita",
    "onbestelbaar", "niet bezorg", "niedostarcz", "nie dostarcz", "zwrot", "недостав", "не доставл",
    "nedoruč", "kézbesít", "nelivr", "kan inte lever", "olevererbart", "kan ikke lever", "leveringsfeil",
    "ei voitu toimittaa", "teslim edil", "配信", "配送不能", "送信エラー", "退信", "系统退信", "无法投递", "반송", "발송 실패",
    "user unknown", "transcript", "message you sent", "blocked by", "rejected:", "rejected mail",
    "failed mail", "failed delivery", "notification of undelivered",
];

/// What reports say of the delivery.
#[rustfmt::skip]
pub const FAILURES: &[&str] = &[
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can not be delivered",
    "was not delivered", "not be delivered", "wasn't able to deliver", "unable to deliver", "undeliverable",
    "delivery failed", "delivery has failed", "delivery to the following", "did not reach", "not delivered",
    "failed to deliver", "fatal errors", "delivery errors", "delivery problems", "has been delayed",
    "rejected", "following address", "following recipient", "failed address", "failure reason",
    "addresses failed", "session follows", "error has occurred", "could not send", "could not be sent",
    "mailbox is full", "trouble delivering", "non-delivered", "no valid recipients", "error message below",
    "returned message", "did not receive", "nicht zugestellt", "unzustellbar", "n'a pas pu être",
    "n'a pas été", "no se pudo", "no se ha podido", "no pudo ser", "não foi entregue", "não pôde ser",
    "non è stato", "impossibile", "niet worden", "nie można", "не удалось", "не может быть", "配信できません",
    "送信できません", "can't be delivered", "permanent error", "permanent failure", "undelivered", "not reach",
    "rejected your message", "failed permanently", "unknown user", "user unknown", "couldn't deliver", "無法",
    "无法",
];

/// Labels behind which no recipient stands.
#[rustfmt::skip]
pub const NOT_RECIPIENTS: &[&str] = &[
    "from", "mail from", ">>> mail from", "sender", "reply-to", "message-id", "return-path",
    "x-postfix-sender", "received", "date", "in-reply-to", "references", "x-", "in: mail from", "in:  mail",
    "from:", "report-to", "http", "reporting-mta", "arrival-date", "on behalf", "originator", "van:",
    "von:", "de:", "da:", "absender", "message id", "id:", "bcc:", "cc:", "remitente", "expéditeur",
    "mittente",
];

/// Words of lines that name a help desk.
#[rustfmt::skip]
pub const HELP: &[&str] = &[
    "contact", "assistance", "postmaster if", "for help", "questions", "send mail to", "please forward",
    "write to", "e-mail to", "email to", "please send", "support", "abuse", "kontakt", "contacte",
    "contactez", "feedback",
];

/// Words of labels behind which a recipient stands.
#[rustfmt::skip]
pub const LABELS: &[&str] = &[
    "recipient", "rcpt to", "addressed to", "to", "failed", "user", "mailbox", "address", "destinat",
    "empfänger", "ontvanger", "odbiorca", "получател", "mottak", "mottag", "modtager", "címzett", "宛先",
    "受信者", "收件人", "수신", "rejected", "deliver", "for",
];
