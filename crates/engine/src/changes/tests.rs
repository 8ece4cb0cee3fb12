use exlint_findings::Fix;

use super::*;

const DIFF: &str = "diff --git a/lib/a.ex b/lib/a.ex\n--- a/lib/a.ex\n+++ b/lib/a.ex\n@@ -1 +1,2 @@ def f\n\
                    -one\n+++ b/lib/trap.ex\n+two\n@@ -9,3 +10,0 @@\n-x\n--- a/lib/trap.ex\n-z\n@@ -20,0 +19 @@\n\
                    +last\n\\ No newline at end of file\n\
                    diff --git a/gone.ex b/gone.ex\n--- a/gone.ex\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
                    --- \"a/\\303\\251 \\\"q\\\".ex\"\n+++ \"b/\\303\\251 \\\"q\\\".ex\"\n@@ -3 +3 @@\n-a\n+b\n";

#[test]
fn changed_lines_are_read_from_a_diff() {
    let mut changes = Changes::default();
    changes.read_diff(DIFF.as_bytes(), Path::new("/p"));
    let mut files: Vec<_> = changes.files.into_iter().collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        files,
        [
            ("/p/lib/a.ex".into(), Lines::Some(vec![(1, 2), (19, 19)])),
            ("/p/\u{e9} \"q\".ex".into(), Lines::Some(vec![(3, 3)])),
        ]
    );
}

#[test]
fn changed_lines_follow_edits() {
    let source = Source::new("a.ex", "one\ntwo\nthree\nfour\n");
    let mut changes = Changes::default();
    let file = Path::new("a.ex");
    changes.add(file, (1, 1));
    changes.add(file, (4, 4));
    // Two lines take the place of the second, and the third goes away.
    let mut edits = Fix::replace("", Span::new(4, 7), "2a\n2b").edits;
    edits.extend(Fix::replace("", Span::new(8, 14), "").edits);
    changes.follow(file, &source, &edits);
    assert_eq!(
        changes.files[file],
        Lines::Some(vec![(1, 1), (4, 4), (4, 4), (2, 3)])
    );
}
