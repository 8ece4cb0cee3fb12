//! From bytes on the disk to text.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use exlint_findings::Span;
use xxhash_rust::xxh3::xxh3_128;

use crate::Overlay;

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// By so much a file may grow while it is read, or be larger than its folder knows, as a pipe is.
const GROWTH: u64 = 16 << 20;

/// A file's text as the analysis sees it.
#[derive(Default)]
pub(crate) struct Text {
    /// Without a byte order mark: offsets count from after it. Bytes that are not UTF-8 stand as U+FFFD.
    pub(crate) text: String,
    /// The first place that is not UTF-8.
    pub(crate) invalid: Option<Span>,
    /// Whether a byte order mark stood before it.
    pub(crate) has_mark: bool,
    /// The number of bytes on the disk.
    pub(crate) bytes: u64,
    /// Tells whether the file is still the same when it is read again.
    pub(crate) hash: u128,
}

/// Reads a file; fails also when it is too large to have its places counted in 32 bits.
pub(crate) fn read(path: &Path, overlay: &Overlay) -> io::Result<Text> {
    let bytes = overlay.bytes(path)?;
    if u32::try_from(bytes.len()).is_err() {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "larger than 4 GiB",
        ));
    }
    Ok(decode(bytes))
}

/// All bytes of a file; fails, rather than fill the memory, when there is no end to them.
pub(crate) fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let limit = size.saturating_add(GROWTH);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(size).unwrap_or(usize::MAX))?;
    file.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == limit {
        let message = "it has no end, or grows while it is read";
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// A file that is to be UTF-8.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(whole(path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

fn decode(mut bytes: Vec<u8>) -> Text {
    let (size, hash) = (bytes.len() as u64, hash(&bytes));
    let has_mark = bytes.starts_with(BYTE_ORDER_MARK);
    if has_mark {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    let (text, invalid) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let start = error.utf8_error().valid_up_to() as u32;
            let end = start + char::REPLACEMENT_CHARACTER.len_utf8() as u32;
            (
                String::from_utf8_lossy(error.as_bytes()).into_owned(),
                Some(Span::new(start, end)),
            )
        }
    };
    Text {
        text,
        invalid,
        has_mark,
        bytes: size,
        hash,
    }
}

/// Tells contents apart.
pub(crate) fn hash(bytes: &[u8]) -> u128 {
    xxh3_128(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_text() {
        let text = decode(b"\xef\xbb\xbfa = 1\r\n".to_vec());
        assert_eq!(
            (text.text.as_str(), text.invalid, text.bytes),
            ("a = 1\r\n", None, 10)
        );
    }

    #[test]
    fn the_first_byte_that_is_not_utf8_is_found() {
        let text = decode(b"\xc3\xa9 \xff \xff".to_vec());
        assert_eq!(text.text, "\u{e9} \u{fffd} \u{fffd}");
        assert_eq!(text.invalid, Some(Span::new(3, 6)));
    }
}
