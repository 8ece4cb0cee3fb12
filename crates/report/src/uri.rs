//! Where a link leads.
use std::path::Path;

use crate::VERSION;

/// The page of a rule, in the package that the rule is published in.
pub(crate) fn of_rule(name: &str) -> String {
    format!("https://docs.rs/crate/exlint_rules/{VERSION}/source/docs/{name}.md")
}

/// A file of this machine.
pub(crate) fn of_file(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    let path = path.trim_start_matches("//?/").trim_start_matches('/');
    // A drive of Windows ends with a colon, which may stand there.
    format!("file:///{}", percent_encode(path).replace("%3A", ":"))
}

/// Leaves what the standard for URIs calls unreserved, and the separators of a path.
pub(crate) fn percent_encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_uri() {
        let path = Path::new("/home/é/my app/a.ex");
        assert_eq!(of_file(path), "file:///home/%C3%A9/my%20app/a.ex");
        let windows = Path::new(r"\\?\C:\app\a.ex");
        assert_eq!(of_file(windows), "file:///C:/app/a.ex");
    }
}
