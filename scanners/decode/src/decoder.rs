//! The way of an object's bytes: gunzip, charset, format, Chunks.

use hemvist_model::{Skip, SkipReason};

use crate::charset::Transcoder;
use crate::chunk::{Charset, Chunk, Format};
use crate::csv::CsvReader;
use crate::gunzip::{self, Gunzip};
use crate::json::JsonReader;
use crate::limits::Limits;
use crate::ndjson::NdJsonReader;
use crate::room::Room;
use crate::skips::Skips;
use crate::sniff::{self, HEAD_BYTES, Hint};
use crate::text::{TextReader, with_context};
use crate::window::Window;

/// Bytes decoded at a time, so that the window grows little past what it needs.
const STEP_BYTES: usize = 16 * 1024;

/// Turns one object's bytes into Chunks. Feed it with [`Decoder::push`], end with
/// [`Decoder::finish`]; the Chunks are the same however the bytes were cut into pieces.
pub struct Decoder {
    outer: Outer,
    content: Content,
}

/// What was found out about an object, once all of it went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// How it was read. `Binary` when it was not.
    pub format: Format,
    /// How its characters are written.
    pub charset: Charset,
    /// Whether it is gzip: offsets then count unpacked bytes.
    pub gzip: bool,
    /// Its length, after gunzip.
    pub bytes: u64,
    /// What was not read, or not as its format says. Empty when all was well.
    pub skips: Vec<Skip>,
}

/// The object's envelope.
enum Outer {
    /// Its first bytes, too few to say.
    Undecided(Vec<u8>),
    Plain,
    Gzip(Box<Gunzip>),
    /// gzip that is given up.
    Ended,
}

/// What is inside the envelope.
struct Content {
    limits: Limits,
    hint: Hint,
    /// The Field whose values the lines are, where the caller says so.
    values_of: Option<String>,
    stage: Stage,
    bytes: u64,
    skips: Skips,
    room: Room,
}

enum Stage {
    /// The first bytes, too few to say what they are.
    Head(Vec<u8>),
    Reading(Box<Reading>),
    /// Not text: nothing more is read.
    Binary,
}

/// What a reader works with.
struct Means<'a> {
    limits: &'a Limits,
    skips: &'a mut Skips,
    room: &'a mut Room,
}

struct Reading {
    transcoder: Transcoder,
    window: Window,
    format: Format,
    reader: Reader,
}

enum Reader {
    Text(TextReader),
    Csv(CsvReader),
    Json(JsonReader),
    NdJson(NdJsonReader),
}

impl Decoder {
    /// A decoder for an object of that key or path, whose extension is a hint at its format.
    #[must_use]
    pub fn new(name: &[u8], limits: Limits) -> Self {
        Self::reading(limits, Hint::of(name), None)
    }

    /// A decoder for a headerless list: each line is one whole value of the Field of that name.
    #[must_use]
    pub fn of_values(field: &str, limits: Limits) -> Self {
        Self::reading(limits, Hint::Text, Some(field.to_owned()))
    }

    fn reading(limits: Limits, hint: Hint, values_of: Option<String>) -> Self {
        let limits = limits.sane();
        let content = Content {
            limits,
            hint,
            values_of,
            stage: Stage::Head(Vec::new()),
            bytes: 0,
            skips: Skips::default(),
            room: Room::new(buffer_bytes(&limits)),
        };
        Self {
            outer: Outer::Undecided(Vec::new()),
            content,
        }
    }

    /// Takes back a Chunk that is done with, of this or any other object: its room is used again.
    pub fn take_back(&mut self, chunk: Chunk) {
        self.content.room.take_back(chunk);
    }

    /// Takes the object's next bytes and gives every Chunk that is now certain.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Chunk)) {
        match &mut self.outer {
            Outer::Undecided(first) if first.is_empty() && bytes.len() >= gunzip::MAGIC.len() => {
                self.decide(bytes, sink);
            }
            Outer::Undecided(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= gunzip::MAGIC.len() {
                    let first = std::mem::take(first);
                    self.decide(&first, sink);
                }
            }
            Outer::Plain => self.content.push(bytes, sink),
            Outer::Gzip(gunzip) => {
                if let Err(fault) = gunzip.push(bytes, &mut |bytes| self.content.push(bytes, sink))
                {
                    self.give_up(fault);
                }
            }
            Outer::Ended => {}
        }
    }

    /// Says that the object ends here: gives the last Chunks and what was found out.
    pub fn finish(mut self, sink: &mut dyn FnMut(Chunk)) -> Decoded {
        if let Outer::Undecided(first) = &mut self.outer {
            let first = std::mem::take(first);
            self.decide(&first, sink);
        }
        let gzip = !matches!(self.outer, Outer::Plain | Outer::Undecided(_));
        if let Outer::Gzip(gunzip) = &mut self.outer
            && let Err(fault) = gunzip.finish(&mut |bytes| self.content.push(bytes, sink))
        {
            self.give_up(fault);
        }
        self.content.finish(gzip, sink)
    }

    /// Decides by the first bytes whether the object is compressed, and reads them.
    fn decide(&mut self, first: &[u8], sink: &mut dyn FnMut(Chunk)) {
        self.outer = match first.starts_with(gunzip::MAGIC) {
            true => Outer::Gzip(Box::new(Gunzip::new(&self.content.limits))),
            false => Outer::Plain,
        };
        self.push(first, sink);
    }

    fn give_up(&mut self, fault: gunzip::Fault) {
        self.content.skips.note(fault.reason, fault.detail);
        self.outer = Outer::Ended;
    }
}

impl Content {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Chunk)) {
        self.bytes += bytes.len() as u64;
        match &mut self.stage {
            Stage::Binary => {}
            Stage::Reading(_) => self.read(bytes, sink),
            Stage::Head(head) => {
                let (now, later) = bytes.split_at(bytes.len().min(HEAD_BYTES - head.len()));
                head.extend_from_slice(now);
                if head.len() == HEAD_BYTES {
                    self.open(false, sink);
                    self.read(later, sink);
                }
            }
        }
    }

    fn read(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Chunk)) {
        let mut means = Means {
            limits: &self.limits,
            skips: &mut self.skips,
            room: &mut self.room,
        };
        if let Stage::Reading(reading) = &mut self.stage {
            reading.push(bytes, &mut means, sink);
        }
    }

    /// Decides by the head how the object is read, and reads the head.
    fn open(&mut self, whole: bool, sink: &mut dyn FnMut(Chunk)) {
        let Stage::Head(head) = std::mem::replace(&mut self.stage, Stage::Binary) else {
            return;
        };
        let (mut transcoder, charset, skipped) = Transcoder::for_head(&head);
        let wide = matches!(charset, Charset::Utf16Le | Charset::Utf16Be);
        if let Some(detail) = sniff::unsupported(&head) {
            self.skips.note(SkipReason::Unsupported, detail);
            return;
        }
        if !wide && memchr::memchr(0, &head).is_some() {
            self.skips
                .note(SkipReason::Binary, "binary content is not read");
            return;
        }
        let mut window = Window::new(self.room.bytes(), charset, skipped as u64);
        transcoder.push(head.get(skipped..).unwrap_or_default(), &mut window);
        let format = match self.values_of {
            Some(_) => Format::Csv { delimiter: b'\n' },
            None => sniff::format(&window.bytes, self.hint, whole),
        };
        let reader = match format {
            Format::Csv { delimiter } => Reader::Csv(match &self.values_of {
                Some(field) => CsvReader::of_values(field),
                None => CsvReader::new(delimiter),
            }),
            Format::Json => Reader::Json(JsonReader::new(&self.limits)),
            Format::NdJson => {
                Reader::NdJson(NdJsonReader::new(&self.limits, self.hint != Hint::Text))
            }
            Format::Text | Format::Binary => Reader::Text(TextReader::new(true)),
        };
        self.stage = Stage::Reading(Box::new(Reading {
            transcoder,
            window,
            format,
            reader,
        }));
        self.read(&[], sink);
    }

    fn finish(mut self, gzip: bool, sink: &mut dyn FnMut(Chunk)) -> Decoded {
        if matches!(self.stage, Stage::Head(_)) {
            self.open(true, sink);
        }
        let (format, charset) = match self.stage {
            Stage::Reading(mut reading) => {
                let mut means = Means {
                    limits: &self.limits,
                    skips: &mut self.skips,
                    room: &mut self.room,
                };
                reading.finish(&mut means, sink);
                (reading.format, reading.window.charset(None))
            }
            _ => (Format::Binary, Charset::Utf8),
        };
        Decoded {
            format,
            charset,
            gzip,
            bytes: self.bytes,
            skips: self.skips.into_vec(),
        }
    }
}

/// Bytes that the buffer of a Chunk usually needs.
fn buffer_bytes(limits: &Limits) -> usize {
    with_context(limits.chunk_bytes, limits) + STEP_BYTES
}

impl Reading {
    fn push(&mut self, bytes: &[u8], means: &mut Means<'_>, sink: &mut dyn FnMut(Chunk)) {
        for step in bytes.chunks(STEP_BYTES) {
            self.transcoder.push(step, &mut self.window);
            self.cut(false, means, sink);
        }
        self.cut(false, means, sink);
    }

    fn finish(&mut self, means: &mut Means<'_>, sink: &mut dyn FnMut(Chunk)) {
        self.transcoder.finish(&mut self.window, means.skips);
        self.cut(false, means, sink);
        self.cut(true, means, sink);
    }

    /// Gives every Chunk that is certain.
    fn cut(&mut self, ended: bool, means: &mut Means<'_>, sink: &mut dyn FnMut(Chunk)) {
        let (limits, skips, room) = (means.limits, &mut *means.skips, &mut *means.room);
        let capacity = buffer_bytes(limits);
        loop {
            let cut = match &mut self.reader {
                Reader::Text(reader) => reader.next(&self.window, limits, ended),
                Reader::Csv(reader) => reader.next(&self.window, limits, ended, skips, room),
                Reader::Json(reader) => reader.next(&self.window, limits, ended, skips, room),
                Reader::NdJson(reader) => reader.next(&self.window, limits, ended, skips, room),
            };
            let Some(cut) = cut else { return };
            let mut next = room.bytes();
            // At the end no more follows than is there.
            next.reserve(if ended { 0 } else { capacity });
            if let Some(chunk) = self.window.cut(cut, self.format, next) {
                sink(chunk);
            }
        }
    }
}
