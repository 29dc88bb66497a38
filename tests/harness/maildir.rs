//! What was delivered, read from the folders in which virtual(8) leaves it.

use std::fs;
use std::path::Path;

/// One delivered message.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Return-Path, X-Original-To and Delivered-To, which the delivery put on top.
    pub delivery: String,
    /// The message as it left the queue, with its `Received` fields.
    pub message: Vec<u8>,
}

impl Delivered {
    /// Reads one file.
    pub fn read(path: &Path) -> Delivered {
        let bytes = fs::read(path).unwrap();
        let mut at = 0;
        for line in bytes.split_inclusive(|&b| b == b'\n') {
            let ours = [&b"Return-Path:"[..], b"X-Original-To:", b"Delivered-To:"];
            if !ours.iter().any(|name| line.starts_with(name)) {
                break;
            }
            at += line.len();
        }
        let delivery = String::from_utf8_lossy(&bytes[..at]).into_owned();
        Delivered { delivery, message: bytes[at..].to_vec() }
    }

    /// The message without the trace fields that this Postfix put on top and that name times and queue ids.
    pub fn without_trace(&self) -> Vec<u8> {
        let mut lines = self.message.split_inclusive(|&b| b == b'\n').peekable();
        let mut out = Vec::new();
        let mut dropped = false;
        while let Some(line) = lines.next() {
            if !dropped && line.starts_with(b"Received: ") {
                while lines.peek().is_some_and(|next| next.starts_with(b"\t") || next.starts_with(b" ")) {
                    lines.next();
                }
                dropped = true;
                continue;
            }
            dropped = true;
            out.extend_from_slice(line);
        }
        out
    }

    /// The message as text, for looking into.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.message).into_owned()
    }
}

/// The folder, below the base, of everybody who is not of the company's domain.
pub const OUTSIDE: &str = "outside";

/// All that was delivered to an address, oldest first.
pub fn read(base: &Path, address: &str) -> Vec<Delivered> {
    let (local, domain) = address.rsplit_once('@').unwrap();
    let own = base.join(domain).join(local);
    let folder = if own.exists() { own } else { base.join(OUTSIDE) };
    let Ok(entries) = fs::read_dir(folder.join("new")) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).unwrap());
    let name = format!("Delivered-To: {address}\n");
    paths.iter().map(|path| Delivered::read(path)).filter(|mail| mail.delivery.contains(&name)).collect()
}
