//! ADF 1.0, the Auto-lead Data Format: XML in the body or in an attachment.
//!
//! The reader is tolerant, since most ADF in the wild is not well-formed (`<?ADF VERSION "1.0"?>` is not XML
//! by itself): it takes tags and text as they come, in one pass, and never fails.

use super::contact::Ours;
use super::form::Lead;
use super::phone::{self, Regions};
use super::{country, name, values};
use crate::mail::message::Message;
use std::borrow::Cow;

/// Longest document read, and deepest element kept.
const TEXT: usize = 256 * 1024;
const DEPTH: usize = 32;

/// The lead in an ADF document of the message.
pub fn read(message: &Message, text: &str, ours: &Ours, regions: &Regions) -> Option<Lead> {
    let attached = message.attachments.iter().filter(|a| {
        let named = a.name.as_deref().is_some_and(|n| {
            let n = n.to_ascii_lowercase();
            n.ends_with(".xml") || n.ends_with(".adf")
        });
        (named || a.media_type.contains("xml") || a.media_type.contains("adf")) && a.content.len() <= TEXT
    });
    let attached = attached.map(|a| String::from_utf8_lossy(&a.content));
    std::iter::once(Cow::Borrowed(text))
        .chain(attached)
        .find_map(|document| of_document(&document, ours, regions))
}

/// The lead in one document.
pub fn of_document(document: &str, ours: &Ours, regions: &Regions) -> Option<Lead> {
    let start = find_ignoring_case(document, "<adf")?;
    let document = &document[start..];
    find_ignoring_case(document, "<prospect")?;
    let mut regions = regions.clone();
    let mut found = Found::default();
    scan(document, |path, attribute, text| found.take(path, attribute, text));
    if let Some(code) = found.country.as_deref().and_then(country::of_name) {
        regions.prefer(code);
    }
    let joined = name::join(found.first.as_deref(), found.last.as_deref());
    let mut lead = Lead { name: found.full.or(joined).and_then(|n| name::of_value(&n)), ..Lead::default() };
    lead.email = found.email.as_deref().and_then(values::address).filter(|a| !ours.is(a));
    for written in &found.phones {
        lead.phones.extend(phone::in_value(written, &regions));
    }
    lead.phones.dedup();
    lead.company = found.business;
    lead.message = found.comments;
    lead.reference = found.stock.or(found.vin).or(found.id);
    lead.source = found.provider;
    if !lead.names_somebody() {
        return None;
    }
    let told = [
        ("name", lead.name.clone()),
        ("email", lead.email.clone()),
        ("phones", (!lead.phones.is_empty()).then(|| lead.phones.join(" "))),
        ("message", lead.message.clone()),
        ("reference", lead.reference.clone()),
        ("source", lead.source.clone()),
    ];
    for (field, value) in told {
        if let Some(value) = value {
            lead.explained("adf", field, &value);
        }
    }
    Some(lead)
}

/// What the elements of one prospect said; the first of each counts.
#[derive(Debug, Default)]
struct Found {
    full: Option<String>,
    first: Option<String>,
    last: Option<String>,
    business: Option<String>,
    email: Option<String>,
    phones: Vec<String>,
    country: Option<String>,
    comments: Option<String>,
    id: Option<String>,
    stock: Option<String>,
    vin: Option<String>,
    provider: Option<String>,
}

impl Found {
    fn take(&mut self, path: &[String], attributes: &str, text: &str) {
        if values::is_absent(text) {
            return;
        }
        let text = text.trim().to_owned();
        let within = |element: &str| path.iter().any(|e| e == element);
        let Some(last) = path.last().map(String::as_str) else { return };
        let part = attribute(attributes, "part");
        let slot = match last {
            "name" if within("customer") => match part.as_deref() {
                Some("first") => &mut self.first,
                Some("last") => &mut self.last,
                Some("middle" | "suffix") => return,
                _ if attribute(attributes, "type").as_deref() == Some("business") => &mut self.business,
                _ => &mut self.full,
            },
            "email" if within("customer") => &mut self.email,
            "phone" if within("customer") => {
                // A fax is no telephone.
                if self.phones.len() < 8 && attribute(attributes, "type").as_deref() != Some("fax") {
                    self.phones.push(text);
                }
                return;
            }
            "country" if within("customer") => &mut self.country,
            "comments" if within("customer") || !within("vehicle") => &mut self.comments,
            "id" if !within("vehicle") && !within("vendor") && !within("provider") && !within("customer") => {
                &mut self.id
            }
            "stock" if within("vehicle") => &mut self.stock,
            "vin" if within("vehicle") => &mut self.vin,
            "name" if within("provider") && !within("contact") => &mut self.provider,
            _ => return,
        };
        if slot.is_none() {
            *slot = Some(text);
        }
    }
}

/// Calls `element` with path, attributes and text of each element that holds text.
pub(super) fn scan(document: &str, mut element: impl FnMut(&[String], &str, &str)) {
    let mut path: Vec<String> = Vec::new();
    let mut attributes = String::new();
    let mut text = String::new();
    let mut rest = document;
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        text.push_str(&unescape(&rest[..open]));
        rest = &rest[open..];
        if let Some(cdata) = rest.strip_prefix("<![CDATA[") {
            let end = cdata.find("]]>").unwrap_or(cdata.len());
            text.push_str(&cdata[..end]);
            rest = cdata.get(end + 3..).unwrap_or("");
            continue;
        }
        let close = if rest.starts_with("<!--") { rest.find("-->").map(|e| e + 2) } else { rest.find('>') };
        let Some(close) = close else { return };
        let tag = &rest[1..close];
        rest = &rest[close + 1..];
        if tag.starts_with(['!', '?']) {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            element(&path, &attributes, &text);
            let name = name.trim().to_ascii_lowercase();
            if name == "prospect" {
                return;
            }
            if let Some(at) = path.iter().rposition(|e| *e == name) {
                path.truncate(at);
            }
            attributes.clear();
        } else if !tag.ends_with('/') {
            let end = tag.find(|c: char| c.is_whitespace()).unwrap_or(tag.len());
            if path.len() < DEPTH {
                path.push(tag[..end].to_ascii_lowercase());
            }
            attributes = tag[end..].to_owned();
        }
        text.clear();
    }
}

/// The value of an attribute, in lower case.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let lower = attributes.to_ascii_lowercase();
    let at = lower.find(&format!("{name}="))?;
    let value = &lower[at + name.len() + 1..];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let named = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    Cow::Owned(named.replace("&#39;", "'").replace("&#10;", "\n").replace("&#13;", "").replace("&amp;", "&"))
}

fn find_ignoring_case(text: &str, what: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .find(|&at| bytes[at..].get(..what.len()).is_some_and(|b| b.eq_ignore_ascii_case(what.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADF: &str = "<?ADF VERSION \"1.0\"?>\n<?XML VERSION \"1.0\"?>\n<adf><prospect><id sequence=\"1\">77</id>\
        <vehicle interest=\"buy\"><make>Ford</make><stock>F-350-12</stock><comments>red</comments></vehicle>\
        <customer><contact><name part=\"first\">Ann</name><name part=\"last\">O&apos;Hara</name><email>ann@customer.example</email>\
        <phone type=\"voice\" time=\"day\">212-555-2368</phone><phone type=\"fax\">212-555-2369</phone><address><country>US</country></address></contact>\
        <comments><![CDATA[Is it <still> there?]]></comments></customer>\
        <vendor><vendorname>Sol Motors</vendorname><contact><name part=\"full\">Joe Seller</name><email>joe@dealer.example</email></contact></vendor>\
        <provider><name part=\"full\">Portal</name><email>help@portal.example</email></provider></prospect></adf>";

    #[test]
    fn customer_of_a_prospect_is_read_and_not_vendor_or_provider() {
        let lead = of_document(ADF, &Ours::default(), &Regions::default()).unwrap();
        assert_eq!(lead.name.as_deref(), Some("Ann O'Hara"));
        assert_eq!(lead.email.as_deref(), Some("ann@customer.example"));
        assert_eq!(lead.phones, ["+12125552368"]);
        assert_eq!(lead.message.as_deref(), Some("Is it <still> there?"));
        assert_eq!(lead.reference.as_deref(), Some("F-350-12"));
        assert_eq!(lead.source.as_deref(), Some("Portal"));
    }

    #[test]
    fn cut_or_broken_documents_do_no_harm() {
        for end in (0..ADF.len()).filter(|e| ADF.is_char_boundary(*e)) {
            let _ = of_document(&ADF[..end], &Ours::default(), &Regions::default());
        }
        for text in ["<adf>", "<adf><prospect>", "<adf><prospect></customer></prospect>", "", "no adf"] {
            assert!(of_document(text, &Ours::default(), &Regions::default()).is_none(), "{text}");
        }
    }
}
