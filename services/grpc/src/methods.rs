//! Which methods there are. A path is the client's text: only a known one goes into telemetry.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::FileDescriptorSet;

/// What stands for a method that there is not (OpenTelemetry's word).
const OTHER: &str = "_OTHER";

/// Every service that is served, as encoded `FileDescriptorSet`s.
pub(crate) const DESCRIPTORS: [&[u8]; 4] = [
    hemvist_proto::FILE_DESCRIPTOR_SET,
    tonic_health::pb::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
];

/// The methods of every served service, as `package.Service/Method`.
#[derive(Debug)]
pub(crate) struct Methods(BTreeSet<String>);

impl Methods {
    /// All methods of [`DESCRIPTORS`].
    pub(crate) fn served() -> Result<Self, prost::DecodeError> {
        let mut methods = BTreeSet::new();
        for descriptors in DESCRIPTORS {
            for file in FileDescriptorSet::decode(descriptors)?.file {
                for service in &file.service {
                    let (package, name) = (file.package(), service.name());
                    let method = |method: &prost_types::MethodDescriptorProto| {
                        format!("{package}.{name}/{}", method.name())
                    };
                    methods.extend(service.method.iter().map(method));
                }
            }
        }
        Ok(Self(methods))
    }

    /// The method of a request's path, or `_OTHER`.
    pub(crate) fn of(&self, path: &str) -> &str {
        path.strip_prefix('/')
            .and_then(|method| self.0.get(method))
            .map_or(OTHER, String::as_str)
    }
}

/// Whether a method belongs to the machinery, not to the API: health and reflection.
pub(crate) fn is_machinery(method: &str) -> bool {
    method.starts_with("grpc.")
}

/// Whether a call of this method goes on for as long as its client likes, so that draining must
/// end it rather than wait for it.
pub(crate) fn is_endless(method: &str) -> bool {
    is_machinery(method)
        || method
            .split_once('/')
            .is_some_and(|(_, method)| method.starts_with("Watch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_methods_are_named() {
        let methods = Methods::served().expect("our own descriptors");
        let check = |path, expected| assert_eq!(methods.of(path), expected, "{path}");
        check("/hemvist.v1.Subjects/Locate", "hemvist.v1.Subjects/Locate");
        check(
            "/grpc.health.v1.Health/Watch",
            "grpc.health.v1.Health/Watch",
        );
        check("/hemvist.v1.Subjects/19811228-9874", OTHER);
        check("hemvist.v1.Subjects/Locate", OTHER);
        check("", OTHER);
    }

    #[test]
    fn draining_ends_watches_and_waits_for_answers() {
        let check = |method, expected| assert_eq!(is_endless(method), expected, "{method}");
        check("hemvist.v1.Scans/WatchScan", true);
        check("hemvist.v1.Erasures/WatchErasure", true);
        check("grpc.health.v1.Health/Watch", true);
        check("hemvist.v1.Subjects/Locate", false);
        check("hemvist.v1.Exports/ExportSubject", false);
        check(OTHER, false);
    }
}
