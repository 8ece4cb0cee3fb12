//! What fixes would change, as `diff -u` shows it.
use exlint_engine::FixedFile;
use similar::TextDiff;

pub fn unified(file: &FixedFile, coloured: bool) -> String {
    let (before, after) = (file.before(), file.after());
    let diff = TextDiff::from_lines(&before, &after);
    let names = (format!("a/{}", file.path), format!("b/{}", file.path));
    let text = diff.unified_diff().header(&names.0, &names.1).to_string();
    match coloured {
        true => text.lines().map(painted).collect(),
        false => text,
    }
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
