//! Random trees and edits of them, and the real git that compares them.

pub mod git;
pub mod trees;
