//! What fixes would change, as `diff -u` shows it.
use exlint_engine::FixedFile;
use exlint_report::harmless_in_place;
use similar::TextDiff;

/// For `patch`, byte by byte; unless it `is_shown` on a terminal, which nothing in a file may control.
pub fn unified(file: &FixedFile, is_shown: bool, coloured: bool) -> String {
    let (before, after) = (file.before(), file.after());
    let diff = TextDiff::from_lines(&before, &after);
    let name = |side: &str| quoted(&format!("{side}/{}", file.path));
    let text = diff
        .unified_diff()
        .header(&name("a"), &name("b"))
        .to_string();
    let text = match is_shown {
        true => harmless_in_place(&text),
        false => text,
    };
    match coloured {
        true => text.lines().map(painted).collect(),
        false => text,
    }
}

/// As git does, a name that would end the line is written in quotes.
fn quoted(name: &str) -> String {
    if !name.contains(|char: char| char.is_ascii_control() || char == '"') {
        return name.to_owned();
    }
    let mut quoted = String::from("\"");
    for char in name.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            _ if char.is_ascii_control() => quoted += &format!("\\{:03o}", u32::from(char)),
            _ => quoted.push(char),
        }
    }
    quoted + "\""
}

fn painted(line: &str) -> String {
    let code = match line.as_bytes().first() {
        Some(b'+') => "32",
        Some(b'-') => "31",
        Some(b'@') => "36",
        _ => return format!("{line}\n"),
    };
    format!("\u{1b}[{code}m{line}\u{1b}[0m\n")
}
