//! Pages of a list (AIP-158).

use hemvist_model::InvalidId;
use tonic::Status;

use crate::status::invalid;

const SIZE_DEFAULT: usize = 100;
const SIZE_MAX: usize = 1000;
const FOREIGN: &str = "is not a token of this list";

/// Which page of which list is asked for.
#[derive(Debug)]
pub(crate) struct Page {
    list: String,
    /// At most so many.
    pub(crate) size: usize,
    /// The position of the last one of the page before.
    pub(crate) after: Option<String>,
}

impl Page {
    /// Reads a request's page of `list`, which must name everything that the list depends on: a
    /// token of another list is refused.
    pub(crate) fn of(list: impl Into<String>, size: i32, token: &str) -> Result<Self, Status> {
        let list = list.into();
        let size = match usize::try_from(size) {
            Ok(0) => SIZE_DEFAULT,
            Ok(size) => size.min(SIZE_MAX),
            Err(_) => return Err(invalid("page_size", "must not be negative")),
        };
        let after = if token.is_empty() {
            None
        } else {
            let after = from_hex(token)
                .and_then(|text| Some(text.strip_prefix(&list)?.strip_prefix('\n')?.to_owned()))
                .ok_or_else(|| invalid("page_token", FOREIGN))?;
            Some(after)
        };
        Ok(Self { list, size, after })
    }

    /// [`Page::after`] as the id that it is.
    pub(crate) fn position<T>(
        &self,
        new: impl FnOnce(String) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, Status> {
        let after = self.after.clone().map(new).transpose();
        after.map_err(|_| invalid("page_token", FOREIGN))
    }

    /// How many to fetch: one more than the page holds, to see whether another follows.
    pub(crate) fn fetch(&self) -> u32 {
        u32::try_from(self.size + 1).unwrap_or(u32::MAX)
    }

    /// Cuts what was fetched to the page, and says the token of the next one.
    pub(crate) fn cut<T>(
        &self,
        mut fetched: Vec<T>,
        position: impl Fn(&T) -> String,
    ) -> (Vec<T>, String) {
        let more = fetched.len() > self.size;
        fetched.truncate(self.size);
        let token = match fetched.last() {
            Some(last) if more => hex(format!("{}\n{}", self.list, position(last)).as_bytes()),
            _ => String::new(),
        };
        (fetched, token)
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<String> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_a_list_once() {
        let all: Vec<u32> = (0..7).collect();
        let (mut token, mut seen, mut pages) = (String::new(), Vec::new(), 0);
        loop {
            let page = Page::of("numbers", 3, &token).expect("a page");
            let after: Option<u32> = page.after.as_ref().map(|text| text.parse().expect("ours"));
            let rest = all.iter().filter(|number| Some(**number) > after);
            let fetched: Vec<u32> = rest.copied().take(page.fetch() as usize).collect();
            let (numbers, next) = page.cut(fetched, u32::to_string);
            seen.extend(numbers);
            pages += 1;
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!((seen, pages), (all, 3));
    }

    #[test]
    fn tokens_of_other_lists_and_bad_sizes_are_refused() {
        let page = Page::of("sources", 1, "").expect("a page");
        let (_, token) = page.cut(vec![1, 2], i32::to_string);
        assert!(Page::of("sources", 1, &token).is_ok());
        assert!(Page::of("scans", 1, &token).is_err());
        for bad in ["x", "zz", "0", "åå", "+1"] {
            let status = Page::of("sources", 1, bad).expect_err("refused");
            assert_eq!(status.code(), tonic::Code::InvalidArgument, "{bad}");
        }
        assert!(Page::of("sources", -1, "").is_err());
        assert_eq!(Page::of("sources", 5000, "").expect("a page").size, 1000);
        assert_eq!(Page::of("sources", 0, "").expect("a page").size, 100);
    }
}
