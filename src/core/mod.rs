//! What the service says and what follows from it: pure, synchronous, without clock, chance or I/O.

pub mod answer;
mod block;
pub mod body;
pub mod config;
pub mod cursor;
pub mod diff;
pub mod error;
pub mod failure;
pub mod fields;
pub mod follow;
pub mod http;
mod id_hash;
pub mod ids;
pub mod json;
pub mod mapping;
pub mod mark;
pub mod model;
pub mod options;
pub mod outcome;
pub mod poll;
pub mod rpc_status;
pub mod state;
pub mod streak;
pub mod tape;
pub mod text;
pub mod time;
pub mod wait;
