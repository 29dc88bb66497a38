//! The cluster on disk: programs, directories, first making, configuration files.
//!
//! A new data directory is made beside its place and renamed into it, so that a kill in between leaves
//! nothing half made. Configuration and peer map are written anew at each start from [`ClusterConfig`]; an
//! administrator's own settings go into `local.conf` in the data directory, which is read last.

use super::{ClusterConfig, Error, Role, SUPERUSER};
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{User, geteuid};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, chown, fchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server that is ready to be started.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) bindir: PathBuf,
    pub(super) data: PathBuf,
    pub(super) log: PathBuf,
    identity: Identity,
    /// Held as long as the server may run.
    _lock: Flock<File>,
}

/// The operating system user of the server.
#[derive(Debug, Clone)]
struct Identity {
    name: String,
    /// Set when root must become it first.
    change: Option<(u32, u32)>,
}

impl Place {
    /// A command that runs `program` of the cluster as its user, in an environment of its own.
    pub(super) fn command(&self, program: &str) -> Command {
        command(&self.bindir, program, &self.identity)
    }
}

fn command(bindir: &Path, program: &str, identity: &Identity) -> Command {
    let mut command = Command::new(bindir.join(program));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/");
    command.stdin(Stdio::null());
    if let Some((uid, gid)) = identity.change {
        // For root, std also drops all supplementary groups when `uid` is set.
        command.uid(uid).gid(gid);
    }
    command
}

/// Makes everything that the server needs to start.
pub(super) fn prepare(config: &ClusterConfig) -> Result<Place, Error> {
    // `/.s.PGSQL.5432.lock` stands beside the socket and is the longer name.
    if config.socket_directory.as_os_str().len() > 85 {
        return Err(Error::SocketPath(config.socket_directory.clone()));
    }
    let identity = identity(config)?;
    directory(&config.directory, 0o700, &identity)?;
    directory(&config.socket_directory, 0o755, &identity)?;
    let lock = lock(&config.directory, &identity)?;
    let data = config.directory.join("data");
    let bindir = programs(config, &data)?;
    let place = Place { bindir, log: config.directory.join("server.log"), data, identity, _lock: lock };
    if !place.data.join("PG_VERSION").exists() {
        make(config, &place)?;
    }
    configure(config, &place)?;
    clear_empty_pid_file(&place.data)?;
    Ok(place)
}

fn identity(config: &ClusterConfig) -> Result<Identity, Error> {
    let own = geteuid();
    let wrong = |user: &str, reason: &str| Error::User { user: user.into(), reason: reason.into() };
    let found = match &config.user {
        Some(name) => User::from_name(name)
            .map_err(|e| wrong(name, e.desc()))?
            .ok_or_else(|| wrong(name, "there is no such user"))?,
        None => User::from_uid(own)
            .map_err(|e| wrong(&own.to_string(), e.desc()))?
            .ok_or_else(|| wrong(&format!("user id {own}"), "it has no entry in the user database"))?,
    };
    if found.uid.is_root() {
        return Err(wrong(&found.name, "PostgreSQL refuses to run as root; name a user to run it as"));
    }
    if own != found.uid && !own.is_root() {
        return Err(wrong(&found.name, "only root can become another user"));
    }
    let change = own.is_root().then(|| (found.uid.as_raw(), found.gid.as_raw()));
    Ok(Identity { name: found.name, change })
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}

/// Makes a directory if it is missing, and gives one that was made or was empty to the server's user.
fn directory(path: &Path, mode: u32, identity: &Identity) -> Result<(), Error> {
    let made = !path.exists();
    fs::create_dir_all(path).map_err(at(path))?;
    if made {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(at(path))?;
    }
    if let Some((uid, gid)) = identity.change {
        let empty = fs::read_dir(path).map_err(at(path))?.next().is_none();
        if made || empty {
            chown(path, Some(uid), Some(gid)).map_err(at(path))?;
        }
    }
    Ok(())
}

/// Opens a file of the cluster for writing and gives it to the server's user. Root writes here into
/// directories of that user, so a symbolic link in the file's place is refused.
fn open(path: &Path, options: &mut OpenOptions, identity: &Identity) -> Result<File, Error> {
    let file =
        options.create(true).mode(0o600).custom_flags(nix::libc::O_NOFOLLOW).open(path).map_err(at(path))?;
    if let Some((uid, gid)) = identity.change {
        fchown(&file, Some(uid), Some(gid)).map_err(at(path))?;
    }
    Ok(file)
}

impl Place {
    /// The server's log, to be written on.
    pub(super) fn open_log(&self) -> Result<File, Error> {
        open(&self.log, OpenOptions::new().append(true), &self.identity)
    }
}

fn lock(directory: &Path, identity: &Identity) -> Result<Flock<File>, Error> {
    let file = open(&directory.join("lock"), OpenOptions::new().append(true), identity)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|_| Error::InUse(directory.to_owned()))
}

/// The directory of the programs: the one configured, else the one that fits the data, else the newest.
fn programs(config: &ClusterConfig, data: &Path) -> Result<PathBuf, Error> {
    let complete = |dir: &Path| dir.join("initdb").is_file() && dir.join("postgres").is_file();
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    let searched = match &config.bindir {
        Some(dir) => {
            if complete(dir) {
                found.push((major_of(dir), dir.clone()));
            }
            dir.display().to_string()
        }
        None => {
            for root in ["/usr/lib/postgresql", "/usr"] {
                for entry in fs::read_dir(root).into_iter().flatten().flatten() {
                    let name = entry.file_name();
                    let name = name.to_string_lossy();
                    let versioned = if root == "/usr" { name.strip_prefix("pgsql-") } else { Some(&*name) };
                    let dir = entry.path().join("bin");
                    if let Some(Ok(major)) = versioned.map(str::parse)
                        && complete(&dir)
                    {
                        found.push((major, dir));
                    }
                }
            }
            for dir in ["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"].map(PathBuf::from) {
                if found.is_empty() && complete(&dir) {
                    found.push((major_of(&dir), dir));
                }
            }
            "/usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, /usr/local/pgsql/bin, /usr/local/bin, /usr/bin"
                .into()
        }
    };
    found.sort();
    let Some((_, newest)) = found.last() else { return Err(Error::Programs { searched }) };
    let version = data.join("PG_VERSION");
    if !version.exists() {
        return Ok(newest.clone());
    }
    let wanted = fs::read_to_string(&version).map_err(at(&version))?.trim().to_owned();
    match found.iter().find(|(major, _)| major.to_string() == wanted) {
        Some((_, dir)) => Ok(dir.clone()),
        None => {
            let installed = found.iter().map(|(m, _)| m.to_string()).collect::<Vec<_>>().join(", ");
            Err(Error::Version { data: data.to_owned(), found: wanted, installed })
        }
    }
}

/// Major version by asking the server; 0 if it does not say.
fn major_of(bindir: &Path) -> u32 {
    let output = Command::new(bindir.join("postgres")).arg("--version").stdin(Stdio::null()).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let digits = text.split_whitespace().nth(2).unwrap_or_default();
    digits.split(|c: char| !c.is_ascii_digit()).next().and_then(|d| d.parse().ok()).unwrap_or(0)
}

/// Makes the data directory with its roles and database, beside its place, and renames it there.
fn make(config: &ClusterConfig, place: &Place) -> Result<(), Error> {
    let failed = |output: String| Error::Make { directory: config.directory.clone(), output };
    let new = config.directory.join("data.new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(at(&new))?;
    }
    // Who does without fsync later does without it now.
    let unsynced = config.settings.iter().any(|(name, value)| name == "fsync" && value == "off");
    let run = place
        .command("initdb")
        .args(unsynced.then_some("--no-sync"))
        .args(["-U", SUPERUSER, "-E", "UTF8", "--locale=C", "--lc-ctype=C.UTF-8", "--data-checksums"])
        .args(["--auth=reject", "--no-instructions", "-D"])
        .arg(&new)
        .output()
        .map_err(|e| failed(e.to_string()))?;
    if !run.status.success() {
        return Err(failed(last_lines(&String::from_utf8_lossy(&run.stderr), 4)));
    }
    // One statement per line: the single-user server reads no other way. It goes on after an error and ends
    // with success, so the errors are looked for in what it prints.
    let database = format!("\"{}\"", config.database.replace('"', "\"\""));
    let script = include_str!("bootstrap.sql").replace(":database", &database);
    let mut child = place
        .command("postgres")
        .args(["--single", "-F", "-c", "log_checkpoints=off", "-D"])
        .arg(&new)
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| failed(e.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(script.as_bytes()).map_err(|e| failed(e.to_string()))?;
    }
    let output = child.wait_with_output().map_err(|e| failed(e.to_string()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || ["ERROR:", "FATAL:", "PANIC:"].iter().any(|word| said.contains(word)) {
        return Err(failed(last_lines(&said, 8)));
    }
    fs::rename(&new, &place.data).map_err(at(&place.data))?;
    File::open(&config.directory).and_then(|d| d.sync_all()).map_err(at(&config.directory))
}

/// Writes configuration, host-based access and peer map.
fn configure(config: &ClusterConfig, place: &Place) -> Result<(), Error> {
    let quoted = |value: &str| value.replace('\'', "''");
    let mut conf = String::from("# Written anew at each start; own settings belong into local.conf.\n");
    let socket = config.socket_directory.to_string_lossy();
    let fixed = [
        ("listen_addresses", ""),
        ("unix_socket_directories", &*socket),
        ("unix_socket_permissions", "0777"),
        ("shared_buffers", "32MB"),
        ("max_connections", "40"),
        ("jit", "off"),
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
        ("max_wal_size", "256MB"),
        ("max_worker_processes", "2"),
        ("max_parallel_workers", "0"),
        ("autovacuum_max_workers", "1"),
        ("password_encryption", "scram-sha-256"),
        ("log_timezone", "UTC"),
        ("timezone", "UTC"),
        ("lc_messages", "C"),
        ("log_line_prefix", "%m [%p] %q%u "),
        ("log_checkpoints", "off"),
    ];
    let own = config.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in fixed.into_iter().chain(own) {
        conf.push_str(&format!("{name} = '{}'\n", quoted(value)));
    }
    conf.push_str("include_if_exists = 'local.conf'\n");
    let hba = "# Who is who is in pg_ident.conf.\nlocal all all peer map=crm\n";
    let word = |name: &str| format!("\"{}\"", name.replace('"', ""));
    let mut ident = String::from("# map, operating system user, role\n");
    let everyday = [Role::Owner, Role::Daemon, Role::Desk];
    for client in std::iter::once(&place.identity.name).chain(&config.clients) {
        for role in everyday {
            ident.push_str(&format!("crm {} {}\n", word(client), role.name()));
        }
    }
    for administrator in &config.administrators {
        for role in everyday.into_iter().chain([Role::Superuser]) {
            ident.push_str(&format!("crm {} {}\n", word(administrator), role.name()));
        }
    }
    for (name, text) in [("postgresql.conf", conf.as_str()), ("pg_hba.conf", hba), ("pg_ident.conf", &ident)]
    {
        let path = place.data.join(name);
        let mut file = open(&path, OpenOptions::new().write(true).truncate(true), &place.identity)?;
        file.write_all(text.as_bytes()).map_err(at(&path))?;
    }
    Ok(())
}

/// Removes an empty `postmaster.pid`, which a power cut leaves and PostgreSQL refuses for ever. Safe, as
/// the lock on the directory says that no other process of ours starts a server there, and a server that
/// runs has a file with its process id.
fn clear_empty_pid_file(data: &Path) -> Result<(), Error> {
    let path = data.join("postmaster.pid");
    match fs::metadata(&path) {
        Ok(meta) if meta.len() == 0 => {
            log::warn!("{}: empty after a crash, removed", path.display());
            fs::remove_file(&path).map_err(at(&path))
        }
        _ => Ok(()),
    }
}

/// The last `count` lines, joined for one line of a log.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("; ")
}
