//! What has an `@` and is no e-mail address.

/// How far before an address a URL's scheme or a header's name is looked for.
const LOOK_BACK_BYTES: usize = 128;

/// Whether it is something else that has an `@`: credentials in a URL, a remote path, a prompt,
/// a Message-ID, an image for dense screens.
pub(super) fn is_other(text: &[u8], start: usize, at: usize, end: usize) -> bool {
    let before = text
        .get(start.saturating_sub(LOOK_BACK_BYTES)..start)
        .unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let local = text.get(start..at).unwrap_or_default();
    let remote_path = matches!(after, [b':', b'/' | b'~', ..])
        || (local == b"git" && after.first() == Some(&b':'));
    let prompt = before.last() == Some(&b'[') && matches!(after, [b' ', b'~' | b'/', ..]);
    remote_path || prompt || in_authority(before) || in_message_id(before)
}

/// Whether the text before is `scheme://` or `scheme://user:` and perhaps the beginning of a
/// password: signs in it may look like the end of what stands before an address.
fn in_authority(before: &[u8]) -> bool {
    let open = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'(' | b',')
    };
    match before.last() {
        Some(b':' | b'/' | b'@' | b'$' | b'*' | b'=' | b'^' | b'|' | b'{' | b'}' | b'`' | b';') => {
        }
        _ => return false,
    }
    let from = before.iter().rposition(open).map_or(0, |at| at + 1);
    let token = before.get(from..).unwrap_or_default();
    let Some(scheme) = token.windows(3).rposition(|window| window == b"://") else {
        return false;
    };
    let authority = token.get(scheme + 3..).unwrap_or_default();
    !authority
        .iter()
        .any(|byte| matches!(byte, b'/' | b'?' | b'#'))
}

fn in_message_id(before: &[u8]) -> bool {
    const HEADERS: [&[u8]; 4] = [
        b"message-id:",
        b"references:",
        b"in-reply-to:",
        b"content-id:",
    ];
    // Most end here: `<` and what may stand in an id.
    let inside = |byte: &&u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'/' | b'$' | b'*' | b'.' | b'-')
    };
    let id = before.iter().rev().take_while(inside).count();
    if before.iter().rev().nth(id) != Some(&b'<') {
        return false;
    }
    HEADERS.iter().any(|header| {
        before
            .windows(header.len())
            .any(|window| window.eq_ignore_ascii_case(header))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_urls_may_hold_signs() {
        let check = |before: &str, inside| {
            assert_eq!(in_authority(before.as_bytes()), inside, "{before}");
        };
        check("amqp://bot:hem$", true);
        check("amqp://bot:hem@", true);
        check("https://", true);
        check("https://www.example.com?mail=", false);
        check("https://www.example.com/bot:", false);
        check("https://www.example.com e-post:", false);
    }
}
