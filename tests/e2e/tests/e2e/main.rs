//! End to end: the real binary over gRPC against real stores, which are looked at past Hemvist.
//!
//! What each store holds is made by `people`, `tables` and `files`, which remember who stands where; `bystanders`
//! proves what an erasure took and left. No test looks into the product's code or its own database, but to see that
//! nothing is in there that must not be.
#![allow(clippy::print_stderr, reason = "a failing test says how to repeat it")]

mod bad_input;
mod bystanders;
mod canary;
mod client;
mod collector;
mod configured;
mod databases;
mod dice;
mod estate;
mod files;
mod kills;
mod needles;
mod objects;
mod people;
mod places;
mod receipts;
mod refused;
mod server;
mod sharing;
mod stores;
mod tables;
