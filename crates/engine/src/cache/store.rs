//! The form of a cache file: a head of fixed length, a record for each file in no order, and the index.
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

use crate::put_in_place;

/// Also says which form the file has.
const MAGIC: [u8; 8] = *b"exlint-1";
const HEAD: usize = 56;
/// No project comes near it; what is larger is none of ours.
const LARGEST: u64 = 4 << 30;

/// Where a record lies, and its check sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    start: u64,
    length: u64,
    pub(super) sum: u64,
}

impl Place {
    /// In bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

/// Reads the index of a file with this key; `None` unless all of it is as it was written.
pub(super) fn open<I: DeserializeOwned>(path: &Path, key: u128) -> Option<(I, Records)> {
    let metadata = path.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    let mut file = File::open(path).ok()?;
    let mut head = [0; HEAD];
    file.read_exact(&mut head).ok()?;
    let head = Head::read(&head).filter(|head| head.key == key && head.start >= HEAD as u64)?;
    let end = head.start.checked_add(head.length)?;
    if end != file.metadata().ok()?.len() || end > LARGEST {
        return None;
    }
    file.seek(SeekFrom::Start(head.start)).ok()?;
    let mut index = Vec::with_capacity(head.length as usize);
    (&file).take(head.length).read_to_end(&mut index).ok()?;
    if xxh3_64(&index) != head.sum {
        return None;
    }
    let records = Records {
        file,
        bytes: Vec::new(),
        end: head.start,
    };
    Some((postcard::from_bytes(&index).ok()?, records))
}

/// What stands before the records.
struct Head {
    key: u128,
    /// Where the index begins.
    start: u64,
    length: u64,
    sum: u64,
}

impl Head {
    fn read(bytes: &[u8; HEAD]) -> Option<Head> {
        let (rest, sum) = bytes.split_last_chunk()?;
        if xxh3_64(rest) != u64::from_le_bytes(*sum) {
            return None;
        }
        let (magic, rest) = rest.split_first_chunk::<8>()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (start, rest) = rest.split_first_chunk()?;
        let (length, sum) = rest.split_first_chunk()?;
        (*magic == MAGIC).then_some(Head {
            key: u128::from_le_bytes(*key),
            start: u64::from_le_bytes(*start),
            length: u64::from_le_bytes(*length),
            sum: u64::from_le_bytes(*sum.first_chunk()?),
        })
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.key.to_le_bytes());
        for number in [self.start, self.length, self.sum] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(xxh3_64(&bytes).to_le_bytes());
        bytes
    }
}

/// The records of a file that was opened.
pub(super) struct Records {
    file: File,
    /// All that stands before the index, once it is read.
    bytes: Vec<u8>,
    end: u64,
}

impl Records {
    /// The number of bytes that all of them have.
    pub(super) fn length(&self) -> u64 {
        self.end - HEAD as u64
    }

    /// Reads all records; without that, there are none.
    pub(super) fn load(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.bytes.reserve_exact(self.end as usize);
        (&self.file).take(self.end).read_to_end(&mut self.bytes)?;
        Ok(())
    }

    /// The record at this place; `None` unless it is as it was written.
    pub(super) fn get(&self, place: &Place) -> Option<&[u8]> {
        let end = place.start.checked_add(place.length)?;
        let bytes = self.bytes.get(place.start as usize..end as usize)?;
        (xxh3_64(bytes) == place.sum).then_some(bytes)
    }
}

/// A file that is being written, and gone unless it is finished.
pub(super) struct Writer {
    file: BufWriter<NamedTempFile>,
    key: u128,
    at: u64,
}

impl Writer {
    pub(super) fn begin(file: NamedTempFile, key: u128) -> io::Result<Writer> {
        let mut file = BufWriter::with_capacity(1 << 18, file);
        file.write_all(&[0; HEAD])?;
        let at = HEAD as u64;
        Ok(Writer { file, key, at })
    }

    pub(super) fn record(&mut self, bytes: &[u8], sum: u64) -> io::Result<Place> {
        let (start, length) = (self.at, bytes.len() as u64);
        self.file.write_all(bytes)?;
        self.at += length;
        Ok(Place { start, length, sum })
    }

    /// Puts the file in its place.
    pub(super) fn finish(mut self, index: &impl Serialize, path: &Path) -> io::Result<()> {
        let index = postcard::to_allocvec(index).map_err(io::Error::other)?;
        self.file.write_all(&index)?;
        let head = Head {
            key: self.key,
            start: self.at,
            length: index.len() as u64,
            sum: xxh3_64(&index),
        };
        let mut file = self.file.into_inner()?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&head.bytes())?;
        put_in_place(file, path)
    }
}
