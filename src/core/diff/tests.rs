use super::*;

/// Reads a patch, and the same as JSON has it.
fn parse(patch: &str) -> Vec<FileChange> {
    let files = super::parse(patch);
    let json = serde_json::to_string(patch).unwrap();
    assert_eq!(parse_json(&json.as_bytes()[1..json.len() - 1]), files, "{json}");
    files
}

fn only(patch: &str) -> FileChange {
    let files = parse(patch);
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

fn paths(patch: &str) -> Vec<String> {
    parse(patch).into_iter().map(|file| file.path).collect()
}

const CREATED: &str = "diff --git a/n.txt b/n.txt\nnew file mode 100644\nindex 0000000..8b1a393\n--- /dev/null\n+++ b/n.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n";
const MODIFIED: &str = "diff --git a/m.txt b/m.txt\nindex 1234567..89abcde 100644\n--- a/m.txt\n+++ b/m.txt\n@@ -1,2 +1,2 @@ fn x()\n same\n-old\n+new\n";
const DELETED: &str = "diff --git a/d.txt b/d.txt\ndeleted file mode 100644\nindex 9dfc1c0..0000000\n--- a/d.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n";

#[test]
fn an_empty_patch_changes_nothing() {
    for patch in ["", "\n", " \r\n\t\n", "no patch at all\n", "@@ -1 +1 @@\n-x\n+y\n"] {
        assert_eq!(parse(patch), [], "{patch:?}");
    }
}

#[test]
fn a_created_file_has_its_whole_content() {
    let file = only(CREATED);
    assert_eq!((file.change_type, file.additions, file.deletions), (ChangeType::Created, 2, 0));
    assert_eq!(file.content.as_deref(), Some("one\ntwo\n"));
    assert_eq!((file.new_mode.as_deref(), file.old_mode), (Some("100644"), None));
}

#[test]
fn modified_and_deleted_files_have_counts_and_no_content() {
    let files = parse(&[MODIFIED, DELETED].concat());
    assert_eq!((files[0].change_type, files[0].additions, files[0].deletions), (ChangeType::Modified, 1, 1));
    assert_eq!((files[1].change_type, files[1].additions, files[1].deletions), (ChangeType::Deleted, 0, 1));
    assert_eq!((files[1].path.as_str(), files[1].old_mode.as_deref()), ("d.txt", Some("100644")));
    assert!(files.iter().all(|file| file.content.is_none() && file.old_path.is_none() && !file.incomplete));
}

#[test]
fn each_file_carries_its_own_section_verbatim() {
    let mail =
        ["From 1 Mon\nSubject: [PATCH] x\n\n---\n m.txt | 2 +-\n\n", MODIFIED, CREATED, "-- \n2.47.3\n\n"].concat();
    let sections: Vec<_> = parse(&mail).into_iter().map(|file| file.patch).collect();
    assert_eq!(sections, [MODIFIED, CREATED]);
}

#[test]
fn a_mail_signature_is_not_a_removed_line() {
    let file = only(&[MODIFIED, "-- \n2.47.3\n"].concat());
    assert_eq!((file.deletions, file.incomplete), (1, false));
}

#[test]
fn an_empty_created_file_has_empty_content() {
    for index in ["index 0000000..e69de29\n", "index 00000000..473a0f4c\n", ""] {
        let file = only(&format!("diff --git a/e b/e\nnew file mode 100644\n{index}"));
        assert_eq!((file.content.as_deref(), file.incomplete), (Some(""), false), "{index}");
    }
}

#[test]
fn crlf_and_a_missing_final_newline_are_content() {
    let head = "diff --git a/c b/c\nnew file mode 100644\n--- /dev/null\n+++ b/c\n";
    let file = only(&format!("{head}@@ -0,0 +1,2 @@\n+x\r\n+y\r\n\\ No newline at end of file\n"));
    assert_eq!(file.content.as_deref(), Some("x\r\ny\r"));
}

#[test]
fn a_patch_file_with_crlf_has_no_cr_in_names_and_modes() {
    let file = only(&CREATED.replace('\n', "\r\n"));
    assert_eq!((file.path.as_str(), file.new_mode.as_deref(), file.additions), ("n.txt", Some("100644"), 2));
    assert_eq!(file.content.as_deref(), Some("one\r\ntwo\r\n"), "what git apply writes");
    assert_eq!(only(&MODIFIED.replace('\n', "\r\n")).path, "m.txt");
}

#[test]
fn a_rename_alone_is_a_change() {
    let file = only("diff --git a/x y b/z b/x\nsimilarity index 100%\nrename from x y\nrename to z b/x\n");
    assert_eq!((file.change_type, file.path.as_str()), (ChangeType::Renamed, "z b/x"));
    assert_eq!((file.old_path.as_deref(), file.similarity, file.incomplete), (Some("x y"), Some(100), false));
}

#[test]
fn a_copy_with_edits_has_counts_and_the_path_it_came_from() {
    let file = only(
        "diff --git a/x b/y\nsimilarity index 80%\ncopy from x\ncopy to y\nindex 1234567..89abcde 100644\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-1\n+2\n",
    );
    assert_eq!((file.change_type, file.additions), (ChangeType::Copied, 1));
    assert_eq!((file.old_path.as_deref(), file.similarity), (Some("x"), Some(80)));
}

#[test]
fn a_change_of_mode_alone_is_a_modification() {
    let file = only("diff --git a/run b/run\nold mode 100644\nnew mode 100755\n");
    assert_eq!((file.change_type, file.path.as_str(), file.incomplete), (ChangeType::Modified, "run", false));
    assert_eq!((file.old_mode.as_deref(), file.new_mode.as_deref()), (Some("100644"), Some("100755")));
}

#[test]
fn a_rewrite_says_how_much_is_left() {
    let patch = MODIFIED.replace("index 1", "dissimilarity index 90%\nindex 1");
    assert_eq!(only(&patch).similarity, Some(10));
}

#[test]
fn a_binary_file_is_a_change_without_counts_or_content() {
    let head = "diff --git a/i.png b/i.png\nnew file mode 100644\nindex 0000000..1234567\n";
    for body in ["Binary files /dev/null and b/i.png differ\n", "GIT binary patch\nliteral 3\nD12345\n\nliteral 0\n\n"]
    {
        let files = parse(&[head, body, MODIFIED].concat());
        assert_eq!((files[0].path.as_str(), files[0].change_type), ("i.png", ChangeType::Created));
        assert_eq!(
            (files[0].binary, files[0].additions, &files[0].content, files[0].incomplete),
            (true, 0, &None, false)
        );
        assert_eq!(files[0].patch, [head, body].concat());
        assert_eq!(files[1].patch, MODIFIED);
    }
}

#[test]
fn a_submodule_is_no_file_and_has_no_content() {
    let file = only(&CREATED.replace("100644", "160000"));
    assert_eq!((file.additions, file.content, file.incomplete), (2, None, false));
}

#[test]
fn quoted_names_are_unquoted_everywhere() {
    let file = only(
        "diff --git \"a/\\tx\" \"b/\\303\\251\"\nsimilarity index 100%\nrename from \"\\tx\"\nrename to \"\\303\\251\"\n",
    );
    assert_eq!((file.old_path.as_deref(), file.path.as_str()), (Some("\tx"), "é"));
    let quoted = MODIFIED.replace("a/m.txt", r#""a/\"m\\.txt""#).replace("b/m.txt", r#""b/\"m\\.txt""#);
    assert_eq!(only(&quoted).path, r#""m\.txt"#);
}

#[test]
fn a_name_with_spaces_ends_at_the_tab_that_git_puts_after_it() {
    let patch = MODIFIED.replace("a/m.txt\n+", "a/m b/m.txt\t\n+").replace("b/m.txt\n@", "b/m b/m.txt\t\n@");
    assert_eq!(only(&patch.replace("a/m.txt b/m.txt", "a/m b/m.txt b/m b/m.txt")).path, "m b/m.txt");
}

#[test]
fn plain_patches_of_several_files_are_told_apart() {
    let patch = "diff -ruN old/a.c new/a.c\n--- old/a.c\t2024-01-01 10:00:00.000000000 +0100\n+++ new/a.c\t2024-01-02 10:00:00.000000000 +0100\n@@ -1 +1 @@\n--- x\n+++ y\n@@ -9 +9 @@\n-1\n+2\n--- old/b.c\n+++ new/b.c\n@@ -1 +1,2 @@\n 1\n+2\n";
    let files = parse(patch);
    assert_eq!(paths(patch), ["a.c", "b.c"]);
    assert_eq!((files[0].additions, files[0].deletions, files[1].additions), (2, 2, 1));
    assert!(files.iter().all(|file| file.change_type == ChangeType::Modified && !file.incomplete));
}

#[test]
fn plain_patches_tell_created_and_deleted_files_by_dev_null_or_by_the_epoch() {
    let file = only("--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n");
    assert_eq!((file.path.as_str(), file.content.as_deref()), ("n", Some("x\n")));
    let file = only("--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
    assert_eq!((file.path.as_str(), file.change_type), ("n", ChangeType::Deleted));
    let file = only(
        "--- old/n\t1970-01-01 01:00:00.000000000 +0100\n+++ new/n\t2024-01-01 10:00:00.000000000 +0100\n@@ -0,0 +1 @@\n+x\n",
    );
    assert_eq!((file.path.as_str(), file.content.as_deref()), ("n", Some("x\n")));
    let file = only("--- old/n\t2024-01-01 10:00:00 +0000\n+++ new/n\t1969-12-31 19:00:00 -0500\n@@ -1 +0,0 @@\n-x\n");
    assert_eq!((file.path.as_str(), file.change_type), ("n", ChangeType::Deleted));
}

#[test]
fn a_plain_patch_against_a_copy_put_aside_is_about_the_file() {
    assert_eq!(paths("--- x.c.orig\n+++ x.c\n@@ -1 +1 @@\n-1\n+2\n"), ["x.c"]);
    assert_eq!(paths("--- x.c\n+++ x.c.new\n@@ -1 +1 @@\n-1\n+2\n"), ["x.c"]);
    assert_eq!(paths("--- src/x.c\n+++ src/x.c\n@@ -1 +1 @@\n-1\n+2\n"), ["src/x.c"]);
}

#[test]
fn a_combined_diff_is_one_change_that_is_not_counted() {
    let merge = "diff --cc x b.c\nindex 1234567,89abcde..0123456\n--- a/x b.c\n+++ b/x b.c\n@@@ -1,2 -1,2 +1,2 @@@\n  1\n- 2\n -3\n++4\n";
    let files = parse(&[merge, MODIFIED].concat());
    assert_eq!((files[0].path.as_str(), files[0].change_type), ("x b.c", ChangeType::Modified));
    assert_eq!((files[0].additions, files[0].deletions, files[0].incomplete), (0, 0, true));
    assert_eq!(files[0].patch, merge);
    assert_eq!(files[1].patch, MODIFIED);
}

#[test]
fn a_patch_cut_after_any_line_of_a_file_with_hunks_is_marked() {
    for whole in [CREATED, MODIFIED, DELETED] {
        let lines: Vec<_> = whole.split_inclusive('\n').collect();
        for kept in 4..lines.len() {
            let file = only(&lines[..kept].concat());
            assert!(file.incomplete && file.content.is_none(), "{file:?}");
        }
        assert!(!only(whole).incomplete);
    }
}

#[test]
fn a_line_that_breaks_a_hunk_does_not_hide_the_hunks_and_files_after_it() {
    let patch = MODIFIED.replace(" same\n", "same, without its space\n");
    let file = only(&[patch.as_str(), "@@ -9 +9,2 @@\n 9\n+10\n"].concat());
    assert_eq!((file.additions, file.incomplete), (1, true), "{file:?}");
    assert!(file.patch.ends_with("+10\n"));
    assert_eq!(paths(&[patch.as_str(), CREATED].concat()), ["m.txt", "n.txt"]);
}

#[test]
fn a_hunk_longer_than_it_says_is_marked() {
    assert!(only(&[CREATED, "+three\n"].concat()).incomplete);
    assert!(only(&MODIFIED.replace("-1,2 +1,2 @@ fn x()", "-1,2 +1")).incomplete, "a broken hunk header");
}

#[test]
fn a_created_file_with_old_lines_is_marked() {
    let patch = CREATED.replace("@@ -0,0 +1,2 @@\n+one", "@@ -1 +1,2 @@\n one");
    let file = only(&patch);
    assert!(file.incomplete && file.content.is_none());
}

#[test]
fn a_file_without_a_readable_name_is_left_out() {
    for patch in ["diff --git\n", "diff --git a/x b/y\n", "diff --git a/x\nold mode 100644\n", "diff --git a/ b/\n"] {
        assert_eq!(parse(patch), [], "{patch}");
    }
}

#[test]
fn a_git_patch_that_names_two_files_without_saying_rename_is_a_rename() {
    let file = only(&MODIFIED.replace("+++ b/m.txt", "+++ b/k.txt"));
    assert_eq!((file.change_type, file.path.as_str()), (ChangeType::Renamed, "k.txt"));
    assert_eq!(file.old_path.as_deref(), Some("m.txt"));
}

#[test]
fn a_change_is_written_for_javascript_without_what_it_has_not() {
    let json = serde_json::to_value(only(DELETED)).unwrap();
    let expected = serde_json::json!({
        "path": "d.txt", "changeType": "deleted", "additions": 0, "deletions": 1, "binary": false, "oldMode": "100644",
        "patch": DELETED,
    });
    assert_eq!(json, expected);
}
