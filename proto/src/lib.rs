//! The API as Rust code: messages, clients and server traits of `hemvist.v1`.
//!
//! Generated from `hemvist/v1/*.proto` when the crate is built. Contains no logic; the only code
//! of its own is a `Debug` that shows no content for the messages that hold personal data, so
//! that no log line can show one by accident.

/// Package `hemvist.v1`.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::too_many_lines)]
pub mod v1 {
    tonic::include_proto!("hemvist.v1");
}

/// The files of the package with everything they import and their comments, encoded as a
/// `google.protobuf.FileDescriptorSet`, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! debug_without_content {
    ($($message:ident)*) => {
        $(impl std::fmt::Debug for v1::$message {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($message)).finish_non_exhaustive()
            }
        })*
    };
}

debug_without_content! { Identifier Location PlanItem ExportChunk }

#[cfg(test)]
mod tests {
    use super::v1;

    #[test]
    fn debug_of_a_request_shows_no_identifier() {
        let request = v1::LocateRequest {
            controller: "controllers/acme".into(),
            identifiers: vec![v1::Identifier {
                info_type: "EMAIL_ADDRESS".into(),
                value: "astrid@example.com".into(),
            }],
        };
        let shown = format!("{request:?}");
        assert!(shown.contains("controllers/acme"));
        assert!(!shown.contains("astrid"), "{shown}");
    }
}
