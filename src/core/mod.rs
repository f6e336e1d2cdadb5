//! What the service says and what follows from it: pure, synchronous, without clock, chance or I/O.

pub mod answer;
mod block;
pub mod body;
pub mod budget;
pub mod config;
pub mod cursor;
pub mod diff;
pub mod error;
pub mod failure;
pub mod fields;
pub mod http;
pub mod ids;
pub mod json;
pub mod mapping;
pub mod model;
pub mod options;
pub mod poll;
pub mod retry;
pub mod settle;
pub mod state;
pub mod streak;
pub mod tape;
pub mod text;
pub mod time;
pub mod wait;
