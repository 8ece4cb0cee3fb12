//! The names in force at each place of a file.
use crate::File;
#[derive(Debug, Default)]
pub(crate) struct Names {}
impl Names {
    pub fn of(_file: &File) -> Self {
        Self {}
    }
}
