//! Replies to the SMTP client, made safe for libmilter and Postfix: ASCII, one line, `%` doubled (Postfix
//! expands the text like a format), within libmilter's 980 octets.

use crate::crm::policy::{Policy, Refusal};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: &'static str,
    /// Enhanced status code of RFC 3463.
    pub enhanced: &'static str,
    /// The text as it goes to libmilter.
    pub text: String,
}

/// Room in libmilter's line, which also holds both codes.
const TEXT_MAX: usize = 960;

impl Reply {
    /// A permanent refusal, with the policy's code and text.
    pub fn refused(policy: &Policy, refusal: &Refusal) -> Reply {
        let (enhanced, text) = policy.reply(refusal);
        Reply { code: "550", enhanced, text: safe(&text) }
    }
}

/// The text as libmilter and Postfix take it.
fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }) {
        let doubled = if c == '%' { "%%" } else { "" };
        let width = doubled.len().max(1);
        if safe.len() + width > TEXT_MAX {
            break;
        }
        if doubled.is_empty() {
            safe.push(c);
        } else {
            safe.push_str(doubled);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_safe_line_with_percent_doubled() {
        assert_eq!(safe("100% no\r\nQUIT é"), "100%% no??QUIT ?");
        let long = safe(&"%".repeat(2000));
        assert_eq!((long.len(), long.len() % 2), (960, 0));
    }
}
