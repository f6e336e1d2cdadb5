//! Decisions: what the service's responses mean, and what the client does next. Pure and synchronous, without a clock, randomness
//! or I/O.

pub mod activity;
pub mod answer;
pub mod backlog;
pub mod batch;
pub mod close_report;
pub mod config;
pub mod cursor;
pub mod dialogue;
pub mod error;
pub mod failure;
pub mod feed;
pub mod follow;
pub mod http;
mod id_hash;
pub mod ids;
pub mod json_text;
pub mod json_view;
pub mod list_rate;
pub mod options;
pub mod outcome;
pub mod page;
pub mod pilot;
pub mod poll;
pub mod reply;
pub mod row;
pub mod rpc_status;
#[cfg(feature = "native-json")]
mod serde_view;
pub mod session;
pub mod source;
pub mod state;
pub mod streak;
pub mod text;
pub mod time;
pub mod wait;
