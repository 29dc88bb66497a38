//! Telling users: news becomes mail, now or once a day, and is posted to webhooks. Here the rows are made; the outbox sends
//! them like any other.

use super::webhook::{self, Webhook};
use crate::crm::letter::{Automatic, Content, message_id};
use crate::crm::notice::shortened;
use crate::crm::template::{Purpose, Tag, Tags, Templates};
use crate::mail::address;
use crate::store::{NewNotice, News, Reader, Result, Store};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;
use uuid::Uuid;

/// What users are told by.
#[derive(Debug, Clone)]
pub struct Notices {
    /// Their texts.
    pub templates: Templates,
    /// In which times are shown, and days begin.
    pub time_zone: TimeZone,
    /// Hour of this host's day from which digests go out.
    pub digest_hour: i8,
    /// Whether a mail's new text goes along.
    pub mail_text: bool,
    /// Programs that are told.
    pub webhooks: Vec<Webhook>,
}

/// News in one transaction.
const PORTION: i64 = 100;
/// News in one digest; of the rest it says how much there is.
const MOST_LINES: usize = 200;
/// Most characters of a mail's subject.
const SUBJECT: usize = 80;

impl Notices {
    /// Puts all that nobody was told of into the outbox, and the digests that are due.
    ///
    /// # Errors
    /// The database's.
    pub fn tell(&self, store: &Store, now: Timestamp) -> Result<()> {
        let now = now.to_zoned(self.time_zone.clone());
        let portion = usize::try_from(PORTION).unwrap_or_default();
        while store.tell_news(PORTION, self.mail_text, |reader, news| self.of(reader, news))? == portion {}
        if now.hour() >= self.digest_hour {
            while store.tell_digests(now.date(), |reader, news| self.digest(reader, news))? > 0 {}
        }
        Ok(())
    }

    /// In how much time digests are due again.
    pub fn until_digest(&self, now: Timestamp) -> Duration {
        let now = now.to_zoned(self.time_zone.clone());
        let next =
            |day: jiff::civil::Date| day.at(self.digest_hour, 0, 0, 0).to_zoned(self.time_zone.clone());
        let today = next(now.date()).ok().filter(|today| *today > now);
        let next = today.or_else(|| next(now.date().tomorrow().ok()?).ok());
        next.and_then(|next| Duration::try_from(next.duration_since(&now)).ok())
            .unwrap_or(Duration::from_secs(3600))
    }

    /// The rows of one piece of news.
    fn of(&self, reader: &Reader, news: &News) -> Vec<NewNotice> {
        let mail = if reader.notices == "at-once" { self.single(reader, news) } else { None };
        let webhooks = self.webhooks.iter().filter(|webhook| webhook.wants(reader, news));
        let posts = webhooks.map(|webhook| NewNotice {
            id: Uuid::now_v7(),
            news: Some(news.id),
            webhook: true,
            rcpt_to: webhook.key.clone(),
            message_id: String::new(),
            subject: text(news),
            message: webhook::payload(reader, news),
        });
        mail.into_iter().chain(posts).collect()
    }

    fn digest(&self, reader: &Reader, news: &[News]) -> Option<NewNotice> {
        let mut lines: Vec<String> = news.iter().take(MOST_LINES).map(|news| self.line(news)).collect();
        lines.extend((news.len() > MOST_LINES).then(|| format!("… {}", news.len() - MOST_LINES)));
        let count = news.len().to_string();
        let tags =
            self.templates.tags().with(Tag::NoticeText, lines.join("\n")).with(Tag::NoticeCount, count);
        self.mail(reader, None, Purpose::Digest, tags)
    }

    /// When and what, as in a list.
    fn line(&self, news: &News) -> String {
        let when = news.created_at.to_zoned(self.time_zone.clone());
        format!("{}  {}", when.strftime("%Y-%m-%d %H:%M"), text(news))
    }

    /// One piece of news; with the mail's new text where the configuration says so.
    fn single(&self, reader: &Reader, news: &News) -> Option<NewNotice> {
        let whole = match &news.mail_text {
            Some(mail_text) => format!("{}\n\n{mail_text}", text(news)),
            None => text(news),
        };
        self.mail(reader, Some(news.id), Purpose::Notice, self.templates.tags().with(Tag::NoticeText, whole))
    }

    /// A mail to a user who has an address.
    fn mail(&self, reader: &Reader, news: Option<Uuid>, purpose: Purpose, tags: Tags) -> Option<NewNotice> {
        let rcpt_to = reader.address.clone()?;
        let id = Uuid::now_v7();
        let template = self.templates.find(purpose, None, reader.language.as_deref())?;
        let letter = match template.render(&tags.with(Tag::UserName, &reader.name)) {
            Ok(letter) => letter,
            Err(error) => {
                log::error!(
                    "{} for {}: the template cannot be filled: {error}",
                    purpose.as_str(),
                    reader.login
                );
                return None;
            }
        };
        let content = Content {
            to_name: Some(reader.name.clone()),
            text: letter.text,
            html: letter.html,
            automatic: Some(Automatic::AutoGenerated),
            ..Content::default()
        };
        Some(NewNotice {
            id,
            news,
            webhook: false,
            message_id: message_id(id, address::domain_of(&rcpt_to)?),
            rcpt_to,
            subject: letter.subject,
            message: serde_json::to_value(content).ok()?,
        })
    }
}

/// What came up, with the mail's subject where the text does not name it.
fn text(news: &News) -> String {
    let subject = news.mail_subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
    match subject.filter(|_| matches!(news.kind.as_str(), "news" | "assigned")) {
        Some(subject) => format!("{}: “{}”", news.text, shortened(subject, SUBJECT)),
        None => news.text.clone(),
    }
}
