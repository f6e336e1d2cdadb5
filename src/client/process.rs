//! State shared by the clients of one process.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::key_lock::KeyLocks;
use super::ledger::Ledger;
use super::pacer::Pacer;

/// The accounts used by the clients of one process. Clones share their state. All clients of a process must have the same
/// clock.
#[derive(Clone, Default)]
pub struct Process(Rc<RefCell<Vec<Entry>>>);

struct Entry {
    base_url: String,
    key: String,
    account: Rc<Account>,
}

/// How many unused accounts are kept: an edge function creates a client for each request.
const MOST_IDLE: usize = 64;

impl Process {
    /// The account of a key at a base URL.
    pub(crate) fn account(&self, base_url: &str, key: &str) -> Rc<Account> {
        let mut accounts = self.0.borrow_mut();
        if let Some(entry) = accounts.iter().find(|entry| entry.base_url == base_url && entry.key == key) {
            return Rc::clone(&entry.account);
        }
        if let Some(idle) = accounts.iter().position(|entry| Rc::strong_count(&entry.account) == 1) {
            if accounts.len() >= MOST_IDLE {
                accounts.remove(idle);
            }
        }
        let account = Rc::new(Account::default());
        let (base_url, key) = (base_url.to_owned(), key.to_owned());
        accounts.push(Entry { base_url, key, account: Rc::clone(&account) });
        account
    }
}

/// Without the keys.
impl fmt::Debug for Process {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Process({} accounts)", self.0.borrow().len())
    }
}

/// State shared by the clients of one account.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) ledger: Ledger,
    pub(crate) locks: KeyLocks,
    pub(crate) pacer: Pacer,
}
