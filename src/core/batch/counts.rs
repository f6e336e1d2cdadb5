//! How many items of a batch are in which status.

/// The status of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its session is not created yet.
    Waiting,
    /// Its session is being created, or searched for after a crash.
    Creating,
    /// Its session was created and has not ended.
    Running,
    /// Its session has completed.
    Completed,
    /// Its session has failed.
    Failed,
    /// Its session was created, and waiting for its end has failed.
    WaitFailed,
    /// No session was created for it.
    NotCreated,
    /// A session may have been created for it, and the lists of sessions do not decide this.
    Unknown,
}

impl Status {
    /// The name in this client's API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Creating => "creating",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::WaitFailed => "waitFailed",
            Self::NotCreated => "notCreated",
            Self::Unknown => "unknown",
        }
    }
}

/// The number of items in each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All items.
    pub total: usize,
    /// [`Status::Waiting`].
    pub waiting: usize,
    /// [`Status::Creating`].
    pub creating: usize,
    /// [`Status::Running`].
    pub running: usize,
    /// [`Status::Completed`].
    pub completed: usize,
    /// [`Status::Failed`].
    pub failed: usize,
    /// [`Status::WaitFailed`].
    pub wait_failed: usize,
    /// [`Status::NotCreated`].
    pub not_created: usize,
    /// [`Status::Unknown`].
    pub unknown: usize,
}

impl Counts {
    /// The counts of a batch that has not begun.
    pub fn of(total: usize) -> Self {
        Self { total, waiting: total, ..Self::default() }
    }

    /// An item changes its status.
    pub fn change(&mut self, from: Status, to: Status) {
        let place = self.place(from);
        *place = place.saturating_sub(1);
        *self.place(to) += 1;
    }

    /// The number of items that are not settled.
    pub fn open(&self) -> usize {
        self.waiting + self.creating + self.running
    }

    /// The counts with their names in this client's API.
    pub fn fields(&self) -> [(&'static str, usize); 9] {
        [
            ("total", self.total),
            (Status::Waiting.name(), self.waiting),
            (Status::Creating.name(), self.creating),
            (Status::Running.name(), self.running),
            (Status::Completed.name(), self.completed),
            (Status::Failed.name(), self.failed),
            (Status::WaitFailed.name(), self.wait_failed),
            (Status::NotCreated.name(), self.not_created),
            (Status::Unknown.name(), self.unknown),
        ]
    }

    fn place(&mut self, status: Status) -> &mut usize {
        match status {
            Status::Waiting => &mut self.waiting,
            Status::Creating => &mut self.creating,
            Status::Running => &mut self.running,
            Status::Completed => &mut self.completed,
            Status::Failed => &mut self.failed,
            Status::WaitFailed => &mut self.wait_failed,
            Status::NotCreated => &mut self.not_created,
            Status::Unknown => &mut self.unknown,
        }
    }
}
