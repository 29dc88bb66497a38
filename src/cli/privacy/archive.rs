//! Where an export goes: a tar file or a directory that was not there before, for its owner's eyes only. Nothing in it
//! depends on when or by whom it was made: the same data give the same octets.

use anyhow::Context as _;
use jiff::Timestamp;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// An archive being written. Dropped unfinished, it is gone: half an export looks like a whole one.
pub struct Archive {
    path: PathBuf,
    form: Form,
    finished: bool,
}

enum Form {
    Tar(Box<tar::Builder<BufWriter<File>>>),
    Directory,
}

impl Archive {
    /// A new one: a tar file if the name ends so, else a directory.
    pub fn create(path: &Path) -> anyhow::Result<Archive> {
        let is_tar = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tar"));
        let form = if is_tar {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            let file = file.with_context(|| format!("cannot make the file {}", path.display()))?;
            Form::Tar(Box::new(tar::Builder::new(BufWriter::new(file))))
        } else {
            let made = DirBuilder::new().mode(0o700).create(path);
            made.with_context(|| format!("cannot make the directory {}", path.display()))?;
            Form::Directory
        };
        Ok(Archive { path: path.to_owned(), form, finished: false })
    }

    /// Adds a file. Names are made here in the program, of letters that no system minds.
    pub fn add(&mut self, name: &str, content: &[u8], at: Timestamp) -> anyhow::Result<()> {
        let context = || format!("cannot write {name} into {}", self.path.display());
        match &mut self.form {
            Form::Tar(builder) => {
                let mut header = tar::Header::new_gnu();
                header.set_size(content.len() as u64);
                header.set_mode(0o600);
                header.set_mtime(u64::try_from(at.as_second()).unwrap_or(0));
                builder.append_data(&mut header, name, content).with_context(context)
            }
            Form::Directory => write(&self.path.join(name), content).with_context(context),
        }
    }

    /// Completes it.
    pub fn finish(mut self) -> anyhow::Result<()> {
        if let Form::Tar(builder) = &mut self.form {
            builder
                .finish()
                .and_then(|()| builder.get_mut().flush())
                .with_context(|| format!("cannot complete {}", self.path.display()))?;
        }
        self.finished = true;
        Ok(())
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // It was made a moment ago, by `create_new`: nothing else is in it.
        let removed = match self.form {
            Form::Tar(_) => std::fs::remove_file(&self.path),
            Form::Directory => std::fs::remove_dir_all(&self.path),
        };
        if let Err(error) = removed {
            eprintln!("crmctl: an incomplete export is left at {}: {error}", self.path.display());
        }
    }
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content)
}
