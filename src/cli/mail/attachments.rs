//! `crmctl mail show --save DIR`: attachments into files. Nothing is overwritten, no link is followed, nothing is
//! opened or run; the names are made harmless by [`file_name`].

use super::super::desk::Desk;
use super::super::text;
use super::file_name;
use crate::store::Store;
use anyhow::Context as _;
use serde_json::json;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Saves the attachments of a mail; the directory is made if it is not there.
pub fn save(desk: &Desk, store: &Store, mail: Uuid, directory: &Path) -> anyhow::Result<()> {
    let attachments = store.mail_show(mail)?.attachments;
    if attachments.is_empty() {
        return desk.done(&json!({ "saved": [] }), "the mail has no attachments");
    }
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(error).with_context(|| format!("cannot make the directory {}", directory.display()));
        }
        _ => {}
    }
    let mut saved = Vec::new();
    for attachment in &attachments {
        let content = store.attachment_content(mail, attachment.position)?;
        let name = file_name::harmless(attachment.name.as_deref(), attachment.position);
        let (path, mut file) = create(directory, &name)
            .with_context(|| format!("cannot save `{name}` into {}", directory.display()))?;
        file.write_all(&content).with_context(|| format!("cannot write {}", path.display()))?;
        saved.push(json!({
            "position": attachment.position,
            "name": attachment.name,
            "file": path.to_string_lossy(),
            "size": content.len(),
        }));
    }
    desk.show(&json!({ "saved": saved }), |value| {
        let files = value["saved"].as_array().into_iter().flatten().filter_map(|file| file["file"].as_str());
        files.map(|file| format!("{}\n", text::line(file))).collect()
    })
}

/// A new file of that name, or of that name with a number. Exclusive creation follows no link.
fn create(directory: &Path, name: &str) -> std::io::Result<(PathBuf, File)> {
    let mut number = 1;
    loop {
        let named = if number == 1 { name.to_owned() } else { file_name::numbered(name, number) };
        let path = directory.join(named);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 10_000 => number += 1,
            Err(error) => return Err(error),
            Ok(file) => return Ok((path, file)),
        }
    }
}
