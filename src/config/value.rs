//! Values of the configuration that are checked as they are read, so that an error carries the line and
//! column at which the value stands.

use crate::mail::address;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::ops::Deref;

/// Makes a string newtype whose reading runs `$check`, which gives the text to keep or what is wrong.
macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The value, checked.
            pub fn new(text: &str) -> Result<Self, String> {
                let check: fn(&str) -> Result<String, String> = $check;
                check(text).map($name)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $name::new(&text).map_err(D::Error::custom)
            }
        }

        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked!(
    /// Where the milter listens, in Postfix's or libmilter's notation.
    Socket,
    |text| {
        let remedy = "write \"unix:/path\", \"inet:host:port\" or \"fd:3\"";
        match text.parse::<crate::milter::Socket>() {
            Ok(socket) => Ok(socket.to_string()),
            Err(error) => Err(format!("{error}; {remedy}")),
        }
    }
);

checked!(
    /// A mail address in canonical form.
    Address,
    |text| {
        address::canonical(text, true)
            .ok_or_else(|| format!("`{text}` is no mail address; write \"name@example.com\", exactly one"))
    }
);

checked!(
    /// A domain in canonical form.
    Domain,
    |text| {
        address::canonical_domain(text)
            .filter(|d| d.contains('.') && !d.starts_with('['))
            .ok_or_else(|| format!("`{text}` is no domain; write \"example.com\""))
    }
);

checked!(
    /// The short name of an inbox.
    Key,
    |text| {
        let good = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good {
            Ok(text.to_owned())
        } else {
            Err(format!("`{text}` is no key; write 1 to 32 of a-z, 0-9 and -"))
        }
    }
);

checked!(
    /// The login of a user.
    Login,
    |text| {
        let good = !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control);
        if good {
            Ok(text.to_lowercase())
        } else {
            Err(format!("`{text}` is no login; write one that `crmctl user list` shows, or users = [] for all"))
        }
    }
);

checked!(
    /// What in a subject keeps a mail out.
    Marker,
    |text| {
        let good = (3..=100).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control);
        if good {
            Ok(text.trim().to_owned())
        } else {
            Err(format!("`{text}` is no marker; write 3 to 100 characters that no other subject has, as \"[private]\""))
        }
    }
);

checked!(
    /// The letters in front of a code: `DEAL` in `DEAL-123`.
    Prefix,
    |text| {
        let good = (1..=16).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if good {
            Ok(text.to_owned())
        } else {
            Err(format!("`{text}` is no prefix of codes; write 1 to 16 of A-Z and 0-9, a letter first"))
        }
    }
);

checked!(
    /// A region for phones written without a country code.
    Region,
    |text| {
        let good = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
        if good {
            Ok(text.to_ascii_uppercase())
        } else {
            Err(format!("`{text}` is no region; write two letters of ISO 3166, as \"ES\""))
        }
    }
);

checked!(
    /// A language: `es`, `pt-BR`; or nothing.
    Language,
    |text| {
        let mut parts = text.split('-');
        let part = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let good = parts.next().is_some_and(|first| part(first, 2..=3)) && parts.all(|more| part(more, 2..=8));
        if good || text.is_empty() {
            Ok(text.to_ascii_lowercase())
        } else {
            Err(format!("`{text}` is no language; write two letters of ISO 639-1, as \"es\""))
        }
    }
);

checked!(
    /// One character that parts an address from its detail, or nothing.
    Delimiter,
    |text| {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Ok(String::new()),
            (Some(c), None) if c.is_ascii_punctuation() && !"@.\"\\<>()[],;:".contains(c) => Ok(text.to_owned()),
            _ => Err(format!("`{text}` is no delimiter; write one character, as Postfix's recipient_delimiter")),
        }
    }
);

checked!(
    /// The name of a host in its Authentication-Results fields (RFC 8601, section 2.5), or nothing.
    AuthservId,
    |text| {
        let good = text.len() <= 255
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if good {
            Ok(text.to_ascii_lowercase())
        } else {
            Err(format!("`{text}` is no authserv-id; write the host's name, as \"mx.example.com\""))
        }
    }
);

checked!(
    /// The name of a header field.
    FieldName,
    |text| {
        if (1..=76).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
            Ok(text.to_owned())
        } else {
            Err(format!("`{text}` is no name of a header field; write it without the colon, as \"X-Spam-Flag\""))
        }
    }
);

checked!(
    /// The words with which the body of a header field begins.
    FirstWords,
    |text| {
        let words = text.trim();
        if !words.is_empty() && !words.chars().any(char::is_control) {
            Ok(words.to_owned())
        } else {
            Err("a marker's value is the first word of the field, as \"YES\"".into())
        }
    }
);

checked!(
    /// The text of a refusal, without its codes: one line of printable ASCII.
    Refusal,
    |text| {
        let good = (1..=400).contains(&text.trim().len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b));
        let coded = text.starts_with(|c: char| c.is_ascii_digit());
        if good && !coded {
            Ok(text.trim().to_owned())
        } else {
            Err("a refusal is one line of ASCII text without codes: \"Message refused\"".into())
        }
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_of_a_tcp_socket_are_one() {
        assert_eq!(&*Socket::new("inet:127.0.0.1:8899").unwrap(), "inet:8899@127.0.0.1");
        assert_eq!(&*Socket::new("inet:8899@127.0.0.1").unwrap(), "inet:8899@127.0.0.1");
        assert_eq!(&*Socket::new("local:/run/x").unwrap(), "unix:/run/x");
        for bad in ["", "unix:relative", "tcp:1", "inet:host:port", "inet:0@x", "fd:x"] {
            assert!(Socket::new(bad).is_err(), "{bad}");
        }
        assert!(Socket::new(&format!("unix:/{}", "x".repeat(107))).unwrap_err().contains("107"));
    }

    #[test]
    fn refusal_is_one_line_of_text() {
        assert!(Refusal::new("Message refused").is_ok());
        for bad in ["", " ", "5.7.1 Message refused", "niño", "a\r\nb"] {
            assert!(Refusal::new(bad).is_err(), "{bad}");
        }
    }
}
