//! Octets in hexadecimal digits.

use super::header::hex_pair;

/// The octets in lower-case digits.
pub fn of(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The octets that digits of either case write; `None` if these are no pairs of digits.
pub fn octets(digits: &str) -> Option<Vec<u8>> {
    digits.as_bytes().chunks(2).map(hex_pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_come_back_from_their_digits_and_nothing_else_is_taken_for_them() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(octets(&of(&all)), Some(all.clone()));
        assert_eq!(octets(&of(&all).to_uppercase()), Some(all));
        assert_eq!(octets(""), Some(Vec::new()));
        for bad in ["0", "0g", "+1", "0a0", "é"] {
            assert_eq!(octets(bad), None, "{bad}");
        }
    }
}
