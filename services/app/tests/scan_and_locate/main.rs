//! Scan and locate over the in-memory Source and an SQLite store: what is found, what is said
//! about what was not, and who is never merged with whom.

mod detectors;
mod house;
mod linking;
mod scanning;
