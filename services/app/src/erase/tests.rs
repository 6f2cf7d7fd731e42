//! Erasures from plan to receipt, over a store in a file and a Source in memory that breaks on
//! command.

pub(crate) mod company;
mod crash;
mod declared;
mod flow;
mod neighbours;
mod obstacles;
mod planning;
