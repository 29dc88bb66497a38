//! What people do with a mail, which never changes itself: what it stands on, who looks after it, a lock.
//!
//! Permission is row-level security's: whoever sees the mail and the card links and unlinks. What a lock or a
//! conversion holds is refused by the database (V029), whoever asks, with the reason that is passed on here.

use crate::crm::plan::Target;
use crate::store::text::{LINE, gate};
use crate::store::{Error, Result, Store};
use postgres::Transaction;
use postgres::error::SqlState;
use uuid::Uuid;

impl Store {
    /// Puts mails on what they shall stand on; returns how many links are new. What stood there stays.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] with the reason: the mail is locked.
    pub fn mail_link(&self, mails: &[Uuid], targets: &[Target]) -> Result<u64> {
        self.guarded(|t| link(t, mails, targets))
    }

    /// Takes mails from what they stand on; returns how many links went.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] with the reason: locked, or converted.
    pub fn mail_unlink(&self, mails: &[Uuid], targets: &[Target]) -> Result<u64> {
        self.guarded(|t| unlink(t, mails, targets))
    }

    /// Moves a mail from one thing to another, in one step.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it does not stand on the first; else as [`Store::mail_unlink`].
    pub fn mail_relink(&self, mail: Uuid, from: Target, to: Target) -> Result<()> {
        self.guarded(|t| {
            // The new one first: between the two the mail must stay visible to whoever does it.
            link(t, &[mail], &[to])?;
            match unlink(t, &[mail], &[from])? {
                0 => Err(Error::Invalid(format!("mail {mail} does not stand there; see `crmctl mail show`"))),
                _ => Ok(()),
            }
        })
    }

    /// Files a mail that waited for a person: its links, and its open lines of intake resolved, in one step.
    /// Returns how many lines were open.
    ///
    /// # Errors
    /// As [`Store::mail_link`].
    pub fn mail_file(&self, mail: Uuid, targets: &[Target], resolution: &str) -> Result<u64> {
        self.guarded(|t| {
            // The lines first: who files it for a colleague may not see it any more once it stands there.
            let sql = include_str!("../sql/intake_resolve_mail.sql");
            let resolved = t.execute(sql, &[&mail, &gate(resolution, LINE)])?;
            link(t, &[mail], targets)?;
            Ok(resolved)
        })
    }

    /// Locks mails, or unlocks them; returns how many were not so before.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for a lock that is another's.
    pub fn mail_lock(&self, mails: &[Uuid], locked: bool) -> Result<u64> {
        let sql = if locked {
            include_str!("../sql/mail_handling_lock.sql")
        } else {
            include_str!("../sql/mail_handling_unlock.sql")
        };
        self.guarded(|t| Ok(t.execute(sql, &[&mails])?))
    }

    /// Says who looks after mails, `None`: nobody; returns how many changed. None changes if one is locked.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] if one is locked.
    pub fn mail_own(&self, mails: &[Uuid], owner: Option<Uuid>) -> Result<u64> {
        self.guarded(|t| Ok(t.execute(include_str!("../sql/mail_handling_own.sql"), &[&mails, &owner])?))
    }

    /// A transaction whose refusals by V029's triggers are told in the trigger's own words.
    fn guarded<T>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        self.transaction(work).map_err(|error| {
            let Error::Database(cause) = &error else { return error };
            match cause.as_db_error() {
                Some(db) if *db.code() == SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE => {
                    let hint = db.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                    Error::NotAllowed(format!("{}{hint}", db.message()))
                }
                _ => error,
            }
        })
    }
}

fn link(t: &mut Transaction<'_>, mails: &[Uuid], targets: &[Target]) -> Result<u64> {
    let [contacts, records, tickets] = columns(targets);
    let vouched =
        t.execute(include_str!("../sql/link_vouch.sql"), &[&mails, &contacts, &records, &tickets])?;
    Ok(vouched + t.execute(include_str!("../sql/link_hand.sql"), &[&mails, &contacts, &records, &tickets])?)
}

fn unlink(t: &mut Transaction<'_>, mails: &[Uuid], targets: &[Target]) -> Result<u64> {
    let [contacts, records, tickets] = columns(targets);
    Ok(t.execute(include_str!("../sql/link_remove.sql"), &[&mails, &contacts, &records, &tickets])?)
}

fn columns(targets: &[Target]) -> [Vec<Option<Uuid>>; 3] {
    let mut columns = [const { Vec::new() }; 3];
    for target in targets {
        let (at, id) = match *target {
            Target::Contact(id) => (0, id),
            Target::Record(id) => (1, id),
            Target::Ticket(id) => (2, id),
        };
        for (column, ids) in columns.iter_mut().enumerate() {
            ids.push((column == at).then_some(id));
        }
    }
    columns
}
