//! How much of a hostile message is looked at. Over a limit there is a finding, never a failure: the raw
//! message is kept whole whatever stands here.

/// Header fields read of one header section.
pub const FIELDS: usize = 2_000;
/// Octets kept of one header field.
pub const FIELD: usize = 64 * 1024;
/// Octets of a field name; what is longer is no header field.
pub const NAME: usize = 998;
/// MIME parts read of one message.
pub const PARTS: usize = 1_000;
/// Depth of nested MIME parts and attached messages.
pub const DEPTH: usize = 64;
/// Octets of text handed to the rules.
pub const TEXT: usize = 256 * 1024;
/// Lines of it: what the rules keep of a line is many times the octet that an empty one has.
pub const LINES: usize = 32 * 1024;
/// Octets of HTML read to get that text.
pub const MARKUP: usize = 2 * 1024 * 1024;
/// Mailboxes read of one field.
pub const MAILBOXES: usize = 2_000;
/// Octets read of a field with parameters (`Content-Type`); putting continued ones together takes quadratic time.
pub const PARAMETERS: usize = 8 * 1024;
