//! Caches that are right in themselves, and were written by nobody's run: for tests and fuzzing.
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::kept::{Entry, Index};
use super::store::{self, Writer};
use crate::temporary_in;

/// Writes a file of a cache again, with what `change` makes of its records.
#[cfg(fuzzing)]
pub fn forge_records(file: &Path, mut change: impl FnMut(&mut Vec<u8>)) {
    forge(file, |_, record| change(record));
}

/// Writes a file of a cache again, with what `change` makes of its entries and their records.
pub(crate) fn forge(file: &Path, mut change: impl FnMut(&mut Entry, &mut Vec<u8>)) {
    let key = file
        .file_stem()
        .and_then(|name| name.to_str()?.rsplit('-').next());
    let key = u128::from_str_radix(key.expect("a name"), 16).expect("a number");
    let (mut index, mut records) = store::open::<Index>(file, key).expect("it can be read");
    records.load().expect("it can be read");
    let folder = file.parent().expect("a file has a folder");
    let mut writer = Writer::begin(temporary_in(folder).expect("a file"), key).expect("a file");
    for entry in index.entries.to_mut() {
        let mut bytes = records.get(&entry.record).expect("it is right").to_vec();
        change(entry, &mut bytes);
        let place = writer.record(&bytes, xxh3_64(&bytes));
        entry.record = place.expect("it is written");
    }
    writer.finish(&index, file).expect("it is written");
}
