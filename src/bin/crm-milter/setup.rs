//! From the configuration to the values that the parts of the daemon take.

use arc_swap::ArcSwap;
use crm_milter::config::model::{self, Config, LogLevel, LogTarget};
use crm_milter::config::notices as config;
use crm_milter::crm::intake::Ceilings;
use crm_milter::crm::lists::Lists;
use crm_milter::crm::policy::{Limits, Outgoing, Policy};
use crm_milter::daemon::log::Target;
use crm_milter::outbox;
use crm_milter::outbox::compose::Company;
use crm_milter::outbox::notices::Notices;
use crm_milter::outbox::send::{Server, Tls};
use crm_milter::outbox::webhook::Webhook;
use crm_milter::spool::proven::Proven;
use crm_milter::worker::Settings;
use log::LevelFilter;
use std::sync::Arc;
use std::time::Duration;

/// What the doors go by, with the lists that are known now, and what a probe has proven.
pub fn policy(config: &Config, lists: Lists, proven: &Proven) -> Policy {
    let authserv_id = Some(config.authority.authserv_id.to_string()).filter(|id| !id.is_empty());
    Policy {
        inboxes: config.inbox_table(),
        lists,
        refusal: config.block.reply.to_string(),
        outsider_reply: config.authority.outsider_reply.to_string(),
        outgoing: match config.block.outgoing {
            model::Outgoing::Allow => Outgoing::Allow,
            model::Outgoing::Notify => Outgoing::Notify,
            model::Outgoing::Refuse => Outgoing::Refuse,
        },
        authserv_named: authserv_id.clone(),
        authserv_id: authserv_id.filter(|id| proven.authserv_id.as_ref() == Some(id)),
        spam: config.spam_markers(&proven.markers),
        captures: Arc::new(config.captures()),
        replies: Arc::new(config.replies()),
        missed_mail: config.notices.missed_mail,
        limits: Limits {
            sessions: config.limits.sessions,
            recipients: config.limits.recipients,
            message_size: config.limits.message_size,
        },
        own_domains: config.company.domains.iter().map(|domain| domain.to_string()).collect(),
        case_sensitive: config.case_sensitive_local_parts,
    }
}

/// What the worker goes by.
pub fn settings(config: &Config, policy: Arc<ArcSwap<Policy>>) -> Settings {
    Settings {
        policy,
        extract: config.extract_options(),
        lead_series: config.records.lead_series.to_string(),
        ceilings: Ceilings {
            client: config.ceilings.client_per_hour,
            source: config.ceilings.source_per_hour,
        },
        batch: config.worker.batch,
        longest_pause: Duration::from_secs(config.worker.retry_seconds),
        retention: config.retention(),
    }
}

/// What the outbox goes by.
pub fn outbox(config: &Config, policy: Arc<ArcSwap<Policy>>) -> outbox::Settings {
    let host = host_name();
    let domain = config.company.domains.first().map_or_else(|| host.clone(), |domain| domain.to_string());
    outbox::Settings {
        policy,
        company: Company { name: config.company.name.clone(), domain, inbox: config.outbox.inbox.clone() },
        server: Server {
            host: config.outbox.host.clone(),
            port: config.outbox.port,
            tls: match config.outbox.tls {
                model::Tls::None => Tls::None,
                model::Tls::Starttls => Tls::Starttls,
                model::Tls::Tls => Tls::Tls,
            },
            login_file: Some(&config.outbox.login_file).filter(|file| !file.is_empty()).map(Into::into),
            timeout: Duration::from_secs(config.outbox.timeout_seconds),
            hello: host,
        },
        domain_per_minute: config.outbox.domain_per_minute,
    }
}

/// How users are told.
pub fn notices(config: &Config) -> Notices {
    let webhook = |webhook: &config::Webhook| Webhook {
        key: webhook.key.get_ref().to_string(),
        url: webhook.url.get_ref().clone(),
        ntfy: webhook.preset == config::Preset::Ntfy,
        users: webhook.users.iter().map(|login| login.to_lowercase()).collect(),
        kinds: webhook.kinds.iter().cloned().collect(),
        secret_file: Some(&webhook.secret_file).filter(|file| !file.is_empty()).map(Into::into),
        timeout: Duration::from_secs(webhook.timeout_seconds.into()),
    };
    Notices {
        templates: config.templates().clone(),
        time_zone: jiff::tz::TimeZone::system(),
        digest_hour: config.notices.digest_hour.try_into().unwrap_or_default(),
        mail_text: config.notices.mail_text,
        webhooks: config.webhook.iter().filter(|webhook| webhook.enabled).map(webhook).collect(),
    }
}

/// This host's name, of such letters as EHLO takes.
pub fn host_name() -> String {
    let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    if plain { name } else { "localhost".to_owned() }
}

/// Where log lines go, and from which level.
pub fn logging(config: &Config) -> (Target, LevelFilter) {
    let target = match config.log.target {
        LogTarget::Syslog => Target::Syslog,
        LogTarget::Stderr => Target::Stderr,
        LogTarget::Both => Target::Both,
    };
    let level = match config.log.level {
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warn => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
        LogLevel::Trace => LevelFilter::Trace,
    };
    (target, level)
}
