//! The host of JavaScript runtimes, and the exports. No decisions here.
