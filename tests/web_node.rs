//! The tests of `web`, in Node.
#![cfg(target_arch = "wasm32")]

mod web;
