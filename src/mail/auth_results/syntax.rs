//! The syntax of RFC 8601, and of a `From` that holds one mailbox and no riddle.

/// A parsed `Authentication-Results` field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// Who says so.
    pub authserv_id: String,
    /// What was found; empty for `none`.
    pub results: Vec<Result>,
}

/// One `resinfo`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Result {
    /// Method in lower case, without version.
    pub method: String,
    /// Result in lower case.
    pub result: String,
    /// `reason`, if given.
    pub reason: Option<String>,
    /// Properties in order.
    pub properties: Vec<Property>,
}

/// One `propspec`, `header.from=example.com`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Property {
    /// `header`, `smtp`, `body`, `policy`, in lower case.
    pub kind: String,
    /// Property in lower case.
    pub name: String,
    /// Value without quotes.
    pub value: String,
}

/// The authserv-id of a field body; also of one whose rest does not parse.
pub fn authserv_id(value: &str) -> Option<String> {
    let mut cursor = Cursor::new(value);
    cursor.space()?;
    cursor.value()
}

/// Parses a field body; `None` if it is not what the RFC says.
pub fn parse(value: &str) -> Option<Field> {
    let mut cursor = Cursor::new(value);
    cursor.space()?;
    let mut field = Field { authserv_id: cursor.value()?, results: Vec::new() };
    cursor.space()?;
    if cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        // RFC 8601, section 2.2: another version means another syntax.
        if cursor.value()? != "1" {
            return None;
        }
        cursor.space()?;
    }
    let mut none = false;
    while cursor.eat(';') {
        cursor.space()?;
        if cursor.peek().is_none() {
            // A final semicolon is common and harmless.
            break;
        }
        if none {
            return None;
        }
        match cursor.result()? {
            Some(result) => field.results.push(result),
            None => none = field.results.is_empty().then_some(true)?,
        }
    }
    cursor.peek().is_none().then_some(field)
}

/// Reads a field body from left to right.
struct Cursor<'v> {
    rest: &'v str,
}

impl<'v> Cursor<'v> {
    fn new(rest: &'v str) -> Self {
        Cursor { rest }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips white space and comments; `None` if a comment does not end.
    fn space(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
            if !self.rest.starts_with('(') {
                return Some(());
            }
            let mut depth = 0usize;
            let mut escaped = false;
            let end = self.rest.char_indices().find_map(|(at, c)| {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                (depth == 0).then_some(at + 1)
            });
            self.rest = &self.rest[end?..];
        }
    }

    /// A quoted string, or everything up to white space, a semicolon, a comment or an equals sign.
    fn value(&mut self) -> Option<String> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let end =
            self.rest.find(|c: char| c.is_whitespace() || ";()=\"".contains(c)).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!value.is_empty() && !value.contains(char::is_control)).then(|| value.to_owned())
    }

    fn quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                c if escaped => {
                    out.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(out);
                }
                c => out.push(c),
            }
        }
        None
    }

    /// A property's value, which may hold equals signs (`header.b=`) but no quotes.
    fn property_value(&mut self) -> Option<String> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let end =
            self.rest.find(|c: char| c.is_whitespace() || ";()\"".contains(c)).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(value.to_owned())
    }

    /// A keyword: letters, digits, hyphens, underscores, dots excluded.
    fn keyword(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_ascii_lowercase())
    }

    /// One `resinfo`; `Some(None)` for `none`.
    fn result(&mut self) -> Option<Option<Result>> {
        let method = self.keyword()?;
        self.space()?;
        if method == "none" && matches!(self.peek(), None | Some(';')) {
            return Some(None);
        }
        if self.eat('/') {
            self.space()?;
            // Another version of a method has other rules.
            if self.keyword()? != "1" {
                return None;
            }
            self.space()?;
        }
        if !self.eat('=') {
            return None;
        }
        self.space()?;
        let mut found = Result { method, result: self.keyword()?, ..Result::default() };
        let mut before = self.rest;
        self.space()?;
        while !matches!(self.peek(), None | Some(';')) {
            // What follows is set off by white space or a comment.
            if before.len() == self.rest.len() {
                return None;
            }
            let kind = self.keyword()?;
            self.space()?;
            if kind == "reason" && self.eat('=') {
                self.space()?;
                found.reason = Some(self.property_value()?);
            } else {
                if !self.eat('.') {
                    return None;
                }
                self.space()?;
                let name = self.keyword()?;
                self.space()?;
                if !self.eat('=') {
                    return None;
                }
                self.space()?;
                found.properties.push(Property { kind, name, value: self.property_value()? });
            }
            before = self.rest;
            self.space()?;
        }
        Some(Some(found))
    }
}

/// The addr-spec of a `From` body that holds exactly one mailbox, `addr` or `name <addr>`, in which no `@`,
/// angle bracket, comma, colon or semicolon stands where another parser might see a second one. `None` for
/// groups, lists, source routes, comments with an `@` and encoded words where the address stands.
pub fn sole_addr_spec(value: &str) -> Option<String> {
    // A NUL or broken octets: see `header::text`.
    if value.contains(|c: char| c.is_control() || c == '\u{fffd}') {
        return None;
    }
    let (mut outside, mut address) = (String::new(), None);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '(' => {
                let mut depth = 1;
                while depth > 0 {
                    match chars.next()? {
                        '\\' => drop(chars.next()?),
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        '@' | '<' | '>' => return None,
                        _ => {}
                    }
                }
                outside.push(' ');
            }
            '"' => loop {
                match chars.next()? {
                    '\\' => drop(chars.next()?),
                    '"' => {
                        outside.push('q');
                        break;
                    }
                    _ => {}
                }
            },
            '<' if address.is_none() => {
                let mut inner = String::new();
                loop {
                    match chars.next()? {
                        '>' => break,
                        '<' | '(' | ')' | ',' | ';' | ':' | '"' | '\\' => return None,
                        c => inner.push(c),
                    }
                }
                address = Some(inner.trim().to_owned());
                outside.push('<');
            }
            '<' | '>' | ')' | ',' | ';' | ':' | '\\' | '[' | ']' => return None,
            c => outside.push(c),
        }
    }
    let found = match address {
        // Behind the angle bracket nothing may stand, before it no `@`.
        Some(address) if outside.trim_end().ends_with('<') && !outside.contains('@') => address,
        Some(_) => return None,
        None => outside.trim().to_owned(),
    };
    let plain =
        found.matches('@').count() == 1 && !found.contains(char::is_whitespace) && !found.contains("=?");
    plain.then_some(found)
}
