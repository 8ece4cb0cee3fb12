//! How names, texts and numbers are written.
use std::fmt::Write;

pub(super) fn quote(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' => quoted.push_str("\\\""),
            b'\\' => quoted.push_str("\\\\"),
            0x20..=0x7e => quoted.push(char::from(byte)),
            _ => _ = write!(quoted, "\\x{byte:02x}"),
        }
    }
    quoted.push('"');
    quoted
}

/// An integer literal in decimal, whatever its size.
pub(super) fn integer(written: &str) -> String {
    let digits = written.replace('_', "");
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits.as_str()),
    };
    // Decimal digits, least significant first.
    let mut decimal: Vec<u32> = vec![0];
    for digit in digits.chars().filter_map(|it| it.to_digit(radix)) {
        let mut carry = digit;
        for place in &mut decimal {
            let value = *place * radix + carry;
            (*place, carry) = (value % 10, value / 10);
        }
        while carry > 0 {
            decimal.push(carry % 10);
            carry /= 10;
        }
    }
    while decimal.len() > 1 && decimal.last() == Some(&0) {
        decimal.pop();
    }
    decimal
        .iter()
        .rev()
        .filter_map(|it| char::from_digit(*it, 10))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_size() {
        assert_eq!(
            integer("0xFFFFFFFFFFFFFFFFFFFF"),
            "1208925819614629174706175"
        );
        assert_eq!(integer("1_000"), "1000");
        assert_eq!(integer("0b101"), "5");
        assert_eq!(integer("00"), "0");
    }
}
