//! Which phone numbers exist: Sweden's numbering plan, and the lengths of other countries'.
//!
//! Facts of PTS' numbering plan and of the ITU's E.164 assignments, as libphonenumber 9.0.33
//! collects them. Left out on purpose, since they are no person's: 020, 077, 0900, 0939, 0944,
//! 099, and short codes such as 112 and 11414.

/// What the first digits of a Swedish number, without the leading 0, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    prefix: u8,
    /// Fewest and most digits of the whole number, without the leading 0.
    shortest: u8,
    longest: u8,
    /// Whether it is a mobile or personal number.
    pub(crate) mobile: bool,
}

impl Line {
    const fn new(prefix: u8, shortest: u8, longest: u8, mobile: bool) -> Self {
        Self {
            prefix,
            shortest,
            longest,
            mobile,
        }
    }

    /// How many digits the area code or prefix has.
    pub(crate) fn prefix(self) -> usize {
        usize::from(self.prefix)
    }

    pub(crate) fn fits(self, digits: usize) -> bool {
        (usize::from(self.shortest)..=usize::from(self.longest)).contains(&digits)
    }
}

/// The line that a Swedish number with those three first digits (without the leading 0) is on.
pub(crate) fn swedish_line(first_three: u16) -> Option<Line> {
    *LINES.get(usize::from(first_three))?
}

/// Fewest and most digits that follow a country code, if there is such a code.
pub(crate) fn country(code: u16) -> Option<std::ops::RangeInclusive<usize>> {
    let (shortest, longest) = *LENGTHS.get(usize::from(code))?;
    (longest > 0).then_some(usize::from(shortest)..=usize::from(longest))
}

/// One for each three digits, so that most digits are turned away by one look.
static LINES: [Option<Line>; 1000] = lines();

/// Fewest and most digits after each country code; 0 where there is none.
static LENGTHS: [(u8, u8); 1000] = lengths();

const fn lines() -> [Option<Line>; 1000] {
    let mut lines = [None; 1000];
    let mut first_three = 0;
    while first_three < 1000 {
        lines[first_three as usize] = line(first_three);
        first_three += 1;
    }
    lines
}

const fn line(first_three: u16) -> Option<Line> {
    let two = first_three / 10;
    if has(MOBILE, two) || (first_three >= 751 && first_three <= 758) {
        return Some(Line::new(2, 9, 9, true));
    }
    if first_three >= 101 && first_three <= 108 {
        return Some(Line::new(2, 9, 9, false));
    }
    if first_three >= 800 && first_three <= 899 {
        return Some(Line::new(1, 7, 9, false));
    }
    if has(AREA_TWO, two) || (first_three >= 901 && first_three <= 909) {
        return Some(Line::new(2, 7, 9, false));
    }
    if has(AREA_THREE, first_three) {
        return Some(Line::new(3, 8, 9, false));
    }
    None
}

const fn has(list: &[u16], number: u16) -> bool {
    let mut index = 0;
    while index < list.len() {
        if list[index] == number {
            return true;
        }
        index += 1;
    }
    false
}

const fn lengths() -> [(u8, u8); 1000] {
    let mut lengths = [(0, 0); 1000];
    let mut list = 0;
    while list < COUNTRIES.len() {
        let (shortest, longest, codes) = COUNTRIES[list];
        let mut index = 0;
        while index < codes.len() {
            lengths[codes[index] as usize] = (shortest, longest);
            index += 1;
        }
        list += 1;
    }
    lengths
}

/// Mobile prefixes.
const MOBILE: &[u16] = &[70, 72, 73, 76, 79];

/// Area codes of two digits, besides 90.
const AREA_TWO: &[u16] = &[
    11, 13, 16, 21, 23, 26, 33, 35, 36, 40, 42, 44, 46, 60, 63, 31, 18, 19, 54,
];

/// Area codes of three digits.
const AREA_THREE: &[u16] = &[
    120, 121, 122, 123, 125, 140, 141, 142, 143, 144, 150, 151, 152, 155, 156, 157, 158, 159, 171,
    173, 174, 175, 176, 220, 221, 222, 223, 224, 225, 226, 227, 240, 241, 243, 246, 247, 248, 250,
    251, 253, 258, 270, 271, 278, 280, 281, 290, 291, 292, 293, 294, 295, 297, 300, 301, 302, 303,
    304, 320, 321, 322, 325, 340, 345, 346, 370, 371, 372, 380, 381, 382, 383, 390, 392, 393, 410,
    411, 413, 414, 415, 416, 417, 418, 430, 431, 433, 435, 451, 454, 455, 456, 457, 459, 470, 471,
    472, 474, 476, 477, 478, 479, 480, 481, 485, 486, 490, 491, 492, 493, 494, 495, 496, 498, 499,
    500, 501, 502, 503, 504, 505, 506, 510, 511, 512, 513, 514, 515, 520, 521, 522, 523, 524, 525,
    526, 528, 530, 531, 532, 533, 534, 550, 551, 552, 553, 554, 555, 560, 563, 564, 565, 570, 571,
    573, 580, 581, 582, 583, 584, 585, 586, 587, 589, 590, 591, 611, 612, 613, 620, 621, 622, 623,
    624, 640, 642, 643, 644, 645, 647, 650, 651, 652, 653, 657, 660, 661, 662, 663, 670, 671, 672,
    680, 682, 684, 687, 690, 691, 692, 693, 695, 696, 910, 911, 912, 913, 914, 915, 916, 918, 920,
    921, 922, 923, 924, 925, 926, 927, 928, 929, 930, 932, 933, 934, 935, 940, 941, 942, 943, 950,
    951, 952, 953, 954, 960, 961, 970, 971, 973, 975, 976, 977, 978, 980, 981,
];

/// Fewest digits, most digits, and the country codes of which that is true.
const COUNTRIES: &[(u8, u8, &[u16])] = &[
    (4, 5, &[290]),
    (4, 7, &[683, 690]),
    (4, 11, &[352]),
    (4, 13, &[43]),
    (5, 5, &[247, 500, 682]),
    (5, 7, &[676, 677, 678, 688]),
    (5, 8, &[686]),
    (5, 9, &[27]),
    (5, 10, &[263, 358, 685]),
    (5, 11, &[82]),
    (5, 15, &[49]),
    (6, 6, &[298, 299, 672, 681, 687]),
    (6, 7, &[597]),
    (6, 9, &[40, 252, 359, 376, 421, 508]),
    (6, 10, &[53, 63, 95, 98, 880]),
    (6, 12, &[39]),
    (
        7,
        7,
        &[
            220, 238, 239, 246, 248, 269, 291, 297, 501, 592, 673, 674, 679, 680, 691, 692, 960,
        ],
    ),
    (7, 8, &[230, 241, 267, 372, 507, 599, 670, 675, 961, 975]),
    (7, 9, &[48, 231, 245, 254, 265, 354, 423, 595, 967]),
    (7, 10, &[243, 353]),
    (7, 11, &[86]),
    (7, 12, &[62, 381]),
    (
        8,
        8,
        &[
            45, 47, 65, 216, 222, 223, 226, 227, 228, 232, 235, 236, 253, 257, 266, 268, 350, 356,
            357, 370, 371, 373, 374, 382, 386, 389, 502, 503, 504, 505, 506, 509, 591, 598, 689,
            852, 853, 965, 968, 973, 974, 993,
        ],
    ),
    (
        8,
        9,
        &[
            32, 36, 51, 66, 213, 224, 250, 258, 264, 355, 377, 385, 387, 593, 855, 962, 963, 970,
            971,
        ],
    ),
    (8, 10, &[20, 57, 60, 64, 229, 378, 850, 856, 964, 976, 977]),
    (8, 11, &[886]),
    (8, 12, &[383, 972]),
    (
        9,
        9,
        &[
            33, 34, 41, 56, 61, 93, 94, 211, 212, 218, 221, 233, 237, 240, 242, 244, 249, 251, 255,
            256, 260, 261, 262, 351, 375, 380, 420, 590, 594, 596, 966, 992, 994, 995, 996, 998,
        ],
    ),
    (9, 10, &[44, 81, 84, 92]),
    (9, 11, &[31]),
    (10, 10, &[1, 7, 30, 52, 58, 90, 91, 225, 234]),
    (10, 11, &[54, 55]),
];
