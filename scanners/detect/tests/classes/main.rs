//! The classes of texts that defeat detectors, each as a named test over many generated instances.
//!
//! A class is a way to write a value, or a kind of text that holds none. Values come from reserved
//! series only, by a seeded generator: the same instances in every run.

mod base64;
mod characters;
mod escapes;
mod markup;
mod noise;
mod values;
mod words;
