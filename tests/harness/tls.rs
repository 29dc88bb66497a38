//! Certificates made on the spot, and STARTTLS through openssl(1).

use std::fs;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A private certificate authority, in a folder of its own.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    name: String,
}

impl Authority {
    /// A new one of that common name.
    pub fn new(folder: PathBuf, name: &str) -> Authority {
        fs::create_dir_all(&folder).unwrap();
        let authority = Authority { folder, name: name.to_owned() };
        let subject = format!("/CN={name}");
        openssl(
            &authority.folder,
            &["req", "-x509", "-subj", &subject, "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"],
        );
        authority
    }

    /// Its own certificate.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Issues a certificate and returns the file that holds it and its key.
    pub fn issue(&self, file: &str, common_name: &str) -> PathBuf {
        self.issue_with(file, common_name, "basicConstraints = CA:FALSE", 2)
    }

    /// Issues a server's certificate for that name of a host, good for so many days from now on; a negative number
    /// of them is over.
    pub fn issue_for(&self, file: &str, host: &str, days: i32) -> PathBuf {
        self.issue_with(file, host, &format!("subjectAltName = DNS:{host}"), days)
    }

    fn issue_with(&self, file: &str, common_name: &str, extension: &str, days: i32) -> PathBuf {
        let (key, request, subject) =
            (format!("{file}.key"), format!("{file}.csr"), format!("/CN={common_name}"));
        openssl(&self.folder, &["req", "-new", "-subj", &subject, "-keyout", &key, "-out", &request]);
        let (signed, extensions) = (format!("{file}.crt"), format!("{file}.ext"));
        fs::write(self.folder.join(&extensions), extension).unwrap();
        let output = Command::new("openssl")
            .args(["x509", "-req", "-in", &request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"])
            .args(["-days", &days.to_string(), "-extfile", &extensions, "-out", &signed])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        let both = [&signed, &key].map(|name| fs::read(self.folder.join(name)).unwrap()).concat();
        let path = self.folder.join(format!("{file}.pem"));
        fs::write(&path, both).unwrap();
        path
    }
}

fn openssl(folder: &Path, words: &[&str]) {
    let output = Command::new("openssl")
        .args(words)
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "openssl {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A connection on which STARTTLS was said; closed when dropped.
#[derive(Debug)]
pub struct Tunnel {
    /// What is written here arrives there.
    pub stream: UnixStream,
    child: Child,
}

impl Tunnel {
    /// Opens one to a port of this host. The server's certificate is not looked at.
    pub fn open(port: u16, certificate: Option<&Path>) -> Tunnel {
        let (stream, theirs) = UnixStream::pair().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let mut command = Command::new("openssl");
        command.args(["s_client", "-quiet", "-starttls", "smtp", "-connect", &format!("127.0.0.1:{port}")]);
        if let Some(certificate) = certificate {
            command.arg("-cert").arg(certificate).arg("-key").arg(certificate);
        }
        let output = OwnedFd::from(theirs.try_clone().unwrap());
        let child =
            command.stdin(OwnedFd::from(theirs)).stdout(output).stderr(Stdio::null()).spawn().unwrap();
        Tunnel { stream, child }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.stream.shutdown(Shutdown::Both).ok();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
