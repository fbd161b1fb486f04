//! Recording calls without making them wait: a bounded queue, and one writer that commits what has gathered.
//!
//! While one group is being committed the next gathers, so a busy gateway commits large groups and an idle one at once. A full
//! queue makes callers wait (after their answer was given): nothing is dropped. What is queued when the process is killed is
//! lost; it is the work of the last few milliseconds. Of long texts the beginning is recorded, and how much was cut.

use crate::run::Run;
use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::Operation;
use kaizen_engine::observe::redact::Redactor;
use kaizen_llm::face::KEPT;
use kaizen_store::StoreError;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many records may wait.
const QUEUE: usize = 65_536;
/// The largest group of one commit.
const GROUP: usize = 1_000;
/// After how many records the writer lets others run.
const BREATH: usize = 16;
/// How often a group is tried again that the database refused.
const PATIENCE: u32 = 5;
/// How long to wait before it is tried again, times the try.
const PAUSE: Duration = Duration::from_millis(100);

/// How much is recorded of what went in, and of what came out, in bytes.
pub const CONTENT_LIMIT: usize = 256 * 1024;

/// How long and how often is waited for what was accepted.
const SETTLED_PAUSE: Duration = Duration::from_millis(5);
const SETTLED_TRIES: u32 = 400;

/// One operation on its way into the store.
#[derive(Debug)]
pub struct Record {
    /// Whose.
    pub project: ProjectId,
    /// What.
    pub operation: Operation,
    /// What is missing at the end of its texts already.
    pub left_out: LeftOut,
}

/// How many bytes of an operation's texts were never kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeftOut {
    /// Of what went in.
    pub input: u64,
    /// Of what came out.
    pub output: u64,
}

/// What the writer did so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Given to the queue.
    pub accepted: AtomicU64,
    /// Committed.
    pub committed: AtomicU64,
    /// Not committed, because the database refused them again and again.
    pub lost: AtomicU64,
    /// How often a caller had to wait for room.
    pub waits: AtomicU64,
}

/// The near end of the queue. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Record>,
    tally: Arc<Tally>,
}

/// The far end: ends when every [`Recorder`] is gone and all is written.
#[derive(Debug)]
pub struct Writer(JoinHandle<()>);

impl Writer {
    /// Waits until all that was accepted is in the store.
    pub async fn finish(self) {
        // It ends only by having written everything; a panic inside was reported when it happened.
        drop(self.0.await);
    }
}

/// Begins to record, as calls of `run`, what `redactor` leaves. `complain` is told when a group could not be written.
pub fn begin(run: Run, redactor: Redactor, complain: fn(String)) -> (Recorder, Writer) {
    let (queue, waiting) = mpsc::channel(QUEUE);
    let tally = Arc::new(Tally::default());
    let writer = tokio::spawn(write(run, redactor, waiting, Arc::clone(&tally), complain));
    (Recorder { queue, tally }, Writer(writer))
}

impl Recorder {
    /// Hands a record over; never blocks. With a full queue the record waits in a task of its own.
    pub fn record(&self, record: Record) {
        self.tally.accepted.fetch_add(1, Ordering::Relaxed);
        let Err(refused) = self.queue.try_send(record) else { return };
        match refused {
            mpsc::error::TrySendError::Full(record) => {
                self.tally.waits.fetch_add(1, Ordering::Relaxed);
                let queue = self.queue.clone();
                let tally = Arc::clone(&self.tally);
                tokio::spawn(async move {
                    if queue.send(record).await.is_err() {
                        tally.lost.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            mpsc::error::TrySendError::Closed(_) => {
                self.tally.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Waits until what was accepted before is written or lost, at most two seconds.
    pub async fn settled(&self) {
        let tally = &self.tally;
        let before = tally.accepted.load(Ordering::Relaxed);
        let done = || tally.committed.load(Ordering::Relaxed) + tally.lost.load(Ordering::Relaxed) >= before;
        for _ in 0..SETTLED_TRIES {
            if done() {
                return;
            }
            tokio::time::sleep(SETTLED_PAUSE).await;
        }
    }

    /// What was done so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How many records wait.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}

async fn write(run: Run, redactor: Redactor, mut waiting: mpsc::Receiver<Record>, tally: Arc<Tally>, complain: fn(String)) {
    let mut group = Vec::new();
    while waiting.recv_many(&mut group, GROUP).await > 0 {
        let mut projects: BTreeMap<ProjectId, Vec<Operation>> = BTreeMap::new();
        for (place, mut record) in group.drain(..).enumerate() {
            // A whole group at once would keep calls on this thread waiting for milliseconds.
            if place % BREATH == BREATH - 1 {
                tokio::task::yield_now().await;
            }
            redactor.operation(&mut record.operation);
            shorten(&mut record);
            projects.entry(record.project).or_default().push(record.operation);
        }
        for (project, operations) in projects {
            let count = operations.len() as u64;
            match patiently(&run, project, &operations).await {
                Ok(()) => tally.committed.fetch_add(count, Ordering::Relaxed),
                Err(error) => {
                    complain(format!("{count} records of calls could not be written: {error}"));
                    tally.lost.fetch_add(count, Ordering::Relaxed)
                }
            };
        }
    }
}

/// Cuts the texts to what is recorded. They have lost their secrets before: what is left of a text that was cut earlier may end in
/// half of one, so its last part goes too.
fn shorten(record: &mut Record) {
    let Some(content) = &mut record.operation.content else { return };
    for (text, left_out) in [(&mut content.input, record.left_out.input), (&mut content.output, record.left_out.output)] {
        let Some(text) = text else { continue };
        let doubtful = if left_out > 0 { KEPT - CONTENT_LIMIT } else { 0 };
        let end = text.floor_char_boundary(CONTENT_LIMIT.min(text.len().saturating_sub(doubtful)));
        let cut = (text.len() - end) as u64 + left_out;
        if cut > 0 {
            text.truncate(end);
            text.push_str(&format!("\n[cut: {cut} more bytes]"));
        }
    }
}

async fn patiently(run: &Run, project: ProjectId, operations: &[Operation]) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        match run.record(project, operations).await {
            Ok(_) => return Ok(()),
            Err(error) if tries >= PATIENCE => return Err(error),
            Err(_) => {
                tries += 1;
                tokio::time::sleep(PAUSE * tries).await;
            }
        }
    }
}
