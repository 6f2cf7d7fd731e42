//! Every SQL Source against a real database: the suite that all Sources pass, and what only tables
//! in databases have.

mod conformance;
mod dropping;
mod erasing;
mod killed;
mod listing;
mod reading;
mod store;
