//! Unified diffs as git writes them.
