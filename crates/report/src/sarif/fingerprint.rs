//! The fingerprint by which GitHub recognises a result after lines above it have moved:
//! `partialFingerprints.primaryLocationLineHash`.
//!
//! The hash of a line is a polynomial in base 37, modulo 2^64, of the 100 UTF-16 code units that
//! begin with the line, without spaces and tabs and with every line break as `\n`. After the text
//! comes one unit 0xFFFF, then zeros. The number behind it tells lines of the same hash apart.
use std::collections::HashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
const END_OF_TEXT: u64 = 0xFFFF;
const NEWLINE: u64 = '\n' as u64;

/// The fingerprint of each line of `text`; the first stands for line 1.
pub(crate) fn line_fingerprints(text: &str) -> Vec<String> {
    let units = units(text);
    let hashes = window_hashes(&units);
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let starts = (0..units.len()).filter(|index| *index == 0 || units[index - 1] == NEWLINE);
    starts
        .map(|start| {
            let hash = hashes[start];
            let number = seen.entry(hash).or_default();
            *number += 1;
            format!("{hash:x}:{number}")
        })
        .collect()
}

/// The units that count, up to the one that marks the end.
fn units(text: &str) -> Vec<u64> {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut after_return = false;
    for unit in text.encode_utf16() {
        let is_rest_of_break = after_return && unit == u16::from(b'\n');
        after_return = unit == u16::from(b'\r');
        match unit {
            _ if is_rest_of_break => {}
            0x20 | 0x09 => {}
            _ if after_return => units.push(NEWLINE),
            _ => units.push(u64::from(unit)),
        }
    }
    units.push(END_OF_TEXT);
    units
}

/// The hash of the window that begins with each unit. From the back, as a window differs from the
/// one that begins a unit later by its first unit and by the one behind its end.
fn window_hashes(units: &[u64]) -> Vec<u64> {
    let inverse = inverse_of_base();
    let top = (1..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut hashes = vec![0; units.len()];
    let mut hash = 0_u64;
    for index in (0..units.len()).rev() {
        let leaving = units.get(index + WINDOW).copied().unwrap_or_default();
        // Modulo 2^64 an odd base can be divided by.
        hash = hash.wrapping_sub(leaving).wrapping_mul(inverse);
        hash = hash.wrapping_add(units[index].wrapping_mul(top));
        hashes[index] = hash;
    }
    hashes
}

/// The number that times the base is 1 modulo 2^64. Each step of Newton's method doubles the
/// number of right bits; an odd number is its own inverse in the last three.
fn inverse_of_base() -> u64 {
    (0..5).fold(BASE, |inverse, _| {
        inverse.wrapping_mul(2_u64.wrapping_sub(BASE.wrapping_mul(inverse)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word by word.
    fn expected(text: &str) -> Vec<String> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut seen = Vec::new();
        let mut out = Vec::new();
        let all: Vec<&str> = text.split('\n').collect();
        for line in 0..all.len() {
            let rest = all[line..].join("\n").replace([' ', '\t'], "");
            let units = rest.encode_utf16().map(u64::from).chain([END_OF_TEXT]);
            let padded = units.chain(std::iter::repeat(0)).take(WINDOW);
            let hash = padded.fold(0_u64, |hash, unit| {
                hash.wrapping_mul(BASE).wrapping_add(unit)
            });
            seen.push(hash);
            let number = seen.iter().filter(|other| **other == hash).count();
            out.push(format!("{hash:x}:{number}"));
        }
        out
    }

    #[test]
    fn agrees_with_the_definition() {
        let long = "x".repeat(300);
        let texts = [
            "",
            "\n",
            "a",
            "a\n",
            "a\nb\r\nc\rd",
            "\r\n\r\n\r\n",
            "\u{feff}defmodule A do\n\tdef f, do: :ok\nend\n",
            "é 漢 😀\n😀\n",
            "same\nsame\nsame\n",
            "  \t \n \t\nx \n",
            "\r \nb",
            &long,
            &format!("{long}\n{long}\n\n{long}"),
        ];
        for text in texts {
            assert_eq!(line_fingerprints(text), expected(text), "{text:?}");
        }
    }

    #[test]
    fn agrees_with_github_on_nothing() {
        assert_eq!(line_fingerprints(""), ["c129715d7a2bc9a3:1"]);
    }
}
