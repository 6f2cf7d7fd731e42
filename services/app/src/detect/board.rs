//! Who does what next: threads take pieces of inputs, and whoever completes the next one in order
//! reports.
//!
//! An input is read and decoded by one thread at a time, its pieces are examined by as many as
//! there are, and the inputs after it are begun while its reader is busy. Nobody waits while there
//! is something to do.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use hemvist_detect::Engine;

use super::piece::{Bench, Piece, Reading};
use super::report::Report;
use super::{DetectInput, DetectSummary};

/// Pieces under way or waiting for their turn, for each thread.
const PIECES_PER_THREAD: usize = 2;

/// What the threads share.
pub(super) struct Board<'a> {
    state: Mutex<State<'a>>,
    changed: Condvar,
    column: Option<String>,
    pieces_max: usize,
}

struct State<'a> {
    /// Inputs that are not begun.
    inputs: Option<&'a mut (dyn Iterator<Item = DetectInput> + Send)>,
    /// Inputs that are not wholly reported, in their order.
    lanes: VecDeque<Lane>,
    /// Lanes that are done with.
    lanes_done: usize,
    /// Pieces that are begun and not reported.
    pieces: usize,
    /// Away while a thread reports.
    report: Option<Report<'a>>,
    /// Pieces whose room can be used again.
    spare: Vec<Piece>,
}

/// One input on its way.
struct Lane {
    name: Arc<str>,
    /// Away while a thread reads; gone for good at the end.
    reading: Option<Reading>,
    ended: bool,
    /// How many pieces were begun.
    begun: usize,
    /// How many pieces were reported.
    reported: usize,
    /// Pieces that wait for their turn.
    examined: BTreeMap<usize, Piece>,
}

/// Which piece of which input.
struct Turn {
    lane: usize,
    number: usize,
}

impl<'a> Board<'a> {
    pub(super) fn new(
        inputs: &'a mut (dyn Iterator<Item = DetectInput> + Send),
        column: Option<String>,
        threads: usize,
        report: Report<'a>,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                inputs: Some(inputs),
                lanes: VecDeque::new(),
                lanes_done: 0,
                pieces: 0,
                report: Some(report),
                spare: Vec::new(),
            }),
            changed: Condvar::new(),
            column,
            pieces_max: threads * PIECES_PER_THREAD,
        }
    }

    /// Works until all inputs are reported. Run it on every thread.
    pub(super) fn work(&self, engine: &Engine) {
        let mut bench = Bench::default();
        while let Some((turn, reading, mut piece)) = self.next() {
            let read = catch_unwind(AssertUnwindSafe(|| reading.next(&mut piece, &mut bench)));
            let rest = read.unwrap_or_else(|_| {
                piece.fail();
                None
            });
            self.put_back(&turn, rest);
            let examined = catch_unwind(AssertUnwindSafe(|| {
                piece.examine(&mut bench, |text, scanned| engine.scan(text, scanned));
            }));
            if examined.is_err() {
                bench = Bench::default();
                piece.fail();
            }
            self.report(&turn, piece);
        }
    }

    /// What was looked at, at the end.
    pub(super) fn summary(self) -> DetectSummary {
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        state
            .report
            .map(|report| report.summary)
            .unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece to read, as soon as there is one; `None` when all inputs are begun and
    /// nothing can be read any more.
    fn next(&self) -> Option<(Turn, Reading, Piece)> {
        let mut state = self.lock();
        loop {
            if let Some((turn, reading)) = state.take(self.pieces_max, self.column.as_deref()) {
                let piece = state.spare.pop().unwrap_or_default();
                return Some((turn, reading, piece));
            }
            if state.inputs.is_none() && state.lanes.iter().all(|lane| lane.ended) {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put_back(&self, turn: &Turn, rest: Option<Reading>) {
        let mut state = self.lock();
        let lane = turn.lane - state.lanes_done;
        if let Some(lane) = state.lanes.get_mut(lane) {
            lane.ended = rest.is_none();
            lane.reading = rest;
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Hands in a piece. Reports what is in turn now, unless another thread is at it, which will
    /// then find this one.
    fn report(&self, turn: &Turn, piece: Piece) {
        let mut state = self.lock();
        let lane = turn.lane - state.lanes_done;
        if let Some(lane) = state.lanes.get_mut(lane) {
            lane.examined.insert(turn.number, piece);
        }
        let Some(mut report) = state.report.take() else {
            return;
        };
        while let Some((name, mut piece)) = state.in_turn(&mut report) {
            drop(state);
            report.take(&name, &piece);
            piece.clear();
            state = self.lock();
            state.spare.push(piece);
            state.pieces -= 1;
            self.changed.notify_all();
        }
        state.report = Some(report);
        drop(state);
        self.changed.notify_all();
    }
}

impl State<'_> {
    /// The first input that can be read on, or a new one. The first lane may always go on within
    /// its own bound: all others wait for it.
    fn take(&mut self, pieces_max: usize, column: Option<&str>) -> Option<(Turn, Reading)> {
        let free = self.pieces < pieces_max;
        let lanes = self.lanes.iter_mut().enumerate();
        for (index, lane) in lanes.take(if free { usize::MAX } else { 1 }) {
            if lane.begun - lane.reported < pieces_max
                && let Some(reading) = lane.reading.take()
            {
                let turn = Turn {
                    lane: self.lanes_done + index,
                    number: lane.begun,
                };
                lane.begun += 1;
                self.pieces += 1;
                return Some((turn, reading));
            }
        }
        if !free {
            return None;
        }
        let Some(input) = self.inputs.as_mut()?.next() else {
            self.inputs = None;
            return None;
        };
        self.lanes.push_back(Lane {
            name: input.name.as_str().into(),
            reading: None,
            ended: false,
            begun: 1,
            reported: 0,
            examined: BTreeMap::new(),
        });
        self.pieces += 1;
        let turn = Turn {
            lane: self.lanes_done + self.lanes.len() - 1,
            number: 0,
        };
        Some((turn, Reading::new(input, column)))
    }

    /// The next piece in order, with its input's name, if it is examined.
    fn in_turn(&mut self, report: &mut Report<'_>) -> Option<(Arc<str>, Piece)> {
        loop {
            let lane = self.lanes.front_mut()?;
            if let Some(piece) = lane.examined.remove(&lane.reported) {
                lane.reported += 1;
                return Some((Arc::clone(&lane.name), piece));
            }
            if !lane.ended || lane.reported < lane.begun {
                return None;
            }
            report.end_input(&lane.name);
            self.lanes.pop_front();
            self.lanes_done += 1;
        }
    }
}
