//! Generates the Rust code of `hemvist/v1/*.proto` with a compiler that is a library, so that a
//! clone builds with `cargo` alone.

use std::error::Error;
use std::path::PathBuf;

const FILES: &[&str] = &[
    "hemvist/v1/types.proto",
    "hemvist/v1/sources.proto",
    "hemvist/v1/scans.proto",
    "hemvist/v1/subjects.proto",
    "hemvist/v1/erasures.proto",
    "hemvist/v1/exports.proto",
    "hemvist/v1/policies.proto",
];

/// Messages that hold personal data: `src/lib.rs` gives them a `Debug` that shows none.
const PERSONAL: &[&str] = &[
    ".hemvist.v1.Identifier",
    ".hemvist.v1.Location",
    ".hemvist.v1.PlanItem",
    ".hemvist.v1.ExportChunk",
];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let mut compiler = protox::Compiler::new(["."])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(FILES)?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    // The served descriptors keep the comments, which `grpcurl describe` shows.
    std::fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;
    tonic_prost_build::configure()
        .bytes(".hemvist.v1.ExportChunk.data")
        .skip_debug(PERSONAL.iter().copied())
        .emit_rerun_if_changed(false)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
