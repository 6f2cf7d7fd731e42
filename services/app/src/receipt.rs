//! Receipts: the signed statement of what an erasure did, and its check without any server.
//!
//! The document is one JSON object in one canonical form, so that every change of a single bit is
//! refused: by the signature, or because the form is another. A Receipt holds no Identifier, no
//! record key and no content.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hemvist_model::Receipt;
use sha2::{Digest, Sha256};

/// The form of the document, for readers of a later day.
pub(crate) const FORMAT: &str = "hemvist-receipt/1";
/// Put before what is signed, so that the signature can mean nothing else.
const SIGNED_AS: &[u8] = b"hemvist receipt 1\n";
/// Bytes of a key's hash that name the key.
const KEY_ID_BYTES: usize = 8;

/// A Receipt with its signature, as it is handed out.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    receipt: Receipt,
    key_id: String,
    public_key: String,
    signature: String,
}

/// Why a document is not a valid Receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is not of the canonical form, so it is not what was signed.
    #[error("this is not a receipt, or not byte for byte the one that was issued")]
    Malformed,
    /// It was signed with another key than the trusted one.
    #[error("the receipt was signed with another key than the one you trust")]
    OtherKey,
    /// The signature does not fit the content.
    #[error("the signature does not fit: the receipt was changed, or never issued")]
    BadSignature,
}

/// Signs a Receipt: the whole document, to be kept as it is.
pub(crate) fn sign(receipt: Receipt, key: &SigningKey) -> Result<Vec<u8>, serde_json::Error> {
    let public_key = key.verifying_key();
    let signature = key.sign(&signed_bytes(&receipt)?);
    let envelope = Envelope {
        receipt,
        key_id: key_id(&public_key),
        public_key: crate::ids::hex(public_key.as_bytes()),
        signature: crate::ids::hex(&signature.to_bytes()),
    };
    serde_json::to_vec(&envelope)
}

/// Checks a document and gives the Receipt in it. `trusted`: the public key that must have signed
/// it; without one the document only proves that it is unchanged since whoever holds its key
/// signed it.
///
/// # Errors
/// [`ReceiptError`] says what is wrong; every change of a single bit is.
pub fn verify_receipt(
    document: &[u8],
    trusted: Option<&[u8; 32]>,
) -> Result<Receipt, ReceiptError> {
    let envelope: Envelope =
        serde_json::from_slice(document).map_err(|_| ReceiptError::Malformed)?;
    let canonical = serde_json::to_vec(&envelope).map_err(|_| ReceiptError::Malformed)?;
    if canonical != document || envelope.receipt.format != FORMAT {
        return Err(ReceiptError::Malformed);
    }
    let public_key: [u8; 32] = unhex(&envelope.public_key).ok_or(ReceiptError::Malformed)?;
    let signature: [u8; 64] = unhex(&envelope.signature).ok_or(ReceiptError::Malformed)?;
    if trusted.is_some_and(|trusted| *trusted != public_key) {
        return Err(ReceiptError::OtherKey);
    }
    let public_key =
        VerifyingKey::from_bytes(&public_key).map_err(|_| ReceiptError::BadSignature)?;
    if envelope.key_id != key_id(&public_key) {
        return Err(ReceiptError::Malformed);
    }
    let signed = signed_bytes(&envelope.receipt).map_err(|_| ReceiptError::Malformed)?;
    let signature = Signature::from_bytes(&signature);
    public_key
        .verify_strict(&signed, &signature)
        .map_err(|_| ReceiptError::BadSignature)?;
    Ok(envelope.receipt)
}

fn signed_bytes(receipt: &Receipt) -> Result<Vec<u8>, serde_json::Error> {
    Ok([SIGNED_AS, &serde_json::to_vec(receipt)?].concat())
}

fn key_id(key: &VerifyingKey) -> String {
    let digest = Sha256::digest(key.as_bytes());
    crate::ids::hex(digest.get(..KEY_ID_BYTES).unwrap_or_default())
}

/// Reads lower-case hexadecimal of exactly that length.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    let pairs = text.as_bytes().chunks(2);
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?;
    }
    Some(bytes)
}
