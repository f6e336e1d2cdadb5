//! Screenshots, as in artifacts: PNGs of a small drawing of a web page in three states, as base64.

/// The screenshot in one of the three states.
pub(super) fn png_base64(choice: u64) -> &'static str {
    let choice = usize::try_from(choice % 3).unwrap_or(0);
    SCREENSHOTS.get(choice).unwrap_or(&SCREENSHOTS[0])
}

const SCREENSHOTS: [&str; 3] = [
    "iVBORw0KGgoAAAANSUhEUgAAAMgAAAB4AgMAAADK/FV4AAAADFBMVEX69/JdQDfo3M7Gi1mXNDAYAAAAcElEQVR42mIIBbRPBxgAwzAARQeD3q/Q0xUKgd1vsFEFM5WJBen/QMjDpvlcMCKtSJYG0bX6g6HF2/Nr/gRCppJo8iER/lj1J2SP26/z0ZNAjmt09p26jdJj/JVAIBDDIUNa7pWxMxmdie5bIJAgEd0TiMT/KJ7JeQAAAABJRU5ErkJggg==",
    "iVBORw0KGgoAAAANSUhEUgAAAMgAAAB4AgMAAADK/FV4AAAADFBMVEX1+PofOl/Y4+w6hrdz0MvJAAAAcElEQVR42mIIBbRPBxoAwkAcxoNg7zfY0x0MDnq/oJIBZZrxx/V9iKMftrnhghGvxa8PJMDrCwj9vDW/JiWQ+Sj5lzQkwo2ZnsxH7L71RyWBbEdrd3uOtrSShkAgkPFFhtR8V9o/nVFExs8CgRAF6ARzj2Zs8AMR2AAAAABJRU5ErkJggg==",
    "iVBORw0KGgoAAAANSUhEUgAAAMgAAAB4AgMAAADK/FV4AAAADFBMVEX2+fQvTzrZ6NhqqFxboFsAAAAAaklEQVR42u3TAQaAQBCF4SDofgN7uoGFB90vKBIgdkdM7P4/8PCh7CwWbjCiWmSqkL5mfzCTR6u9BvmVxKNNPSWRAf6Y55PvEbfvjQlJJPv5dMgbEwKBpJDoIUOq3RVJ3pg5JP4tEAjRAF1ejQfZ9TSDxgAAAABJRU5ErkJggg==",
];
