//! Ids that the service makes up itself.

use crate::Error;

/// Random bytes in a generated id: enough that two never meet.
const RANDOM_BYTES: usize = 10;

/// A random id of the AIP form: 20 hexadecimal digits. Says nothing about what it names.
pub(crate) fn random() -> Result<String, Error> {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::internal("the operating system gave no random bytes"))?;
    Ok(hex(&bytes))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
