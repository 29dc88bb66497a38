//! From the configuration to the values that the parts of the daemon take.

use arc_swap::ArcSwap;
use crm_milter::config::model::{self, Config, LogLevel, LogTarget};
use crm_milter::crm::intake::Ceilings;
use crm_milter::crm::lists::Lists;
use crm_milter::crm::policy::{Limits, Outgoing, Policy};
use crm_milter::daemon::log::Target;
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
        authserv_id: authserv_id.filter(|id| proven.authserv_id.as_ref() == Some(id)),
        spam: config.spam_markers(&proven.markers),
        captures: Arc::new(config.captures()),
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
    }
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
