//! The bytes of an answer, wherever the host keeps them.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

/// Bytes that are read piece by piece. A host that has them outside of this program's memory leaves them there: the
/// memory of a wasm instance never shrinks.
#[expect(clippy::len_without_is_empty, reason = "nobody asks")]
pub trait Source {
    /// How many bytes there are.
    fn len(&self) -> usize;

    /// Copies the bytes from `at` on, as many as `into` holds. Never asked for more than there are.
    fn read(&self, at: usize, into: &mut [u8]);

    /// The source itself, for the host that made it.
    fn as_any(&self) -> &dyn Any;
}

impl Source for Vec<u8> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        if let Some(bytes) = self.get(at..at + into.len()) {
            into.copy_from_slice(bytes);
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The body of an answer. Cheap to clone.
///
/// ```
/// use jules_wasm::core::body::Body;
/// let body: Body = b"{}".to_vec().into();
/// assert_eq!((body.len(), body.to_vec()), (2, b"{}".to_vec()));
/// ```
#[derive(Clone)]
pub struct Body(Rc<dyn Source>);

impl Body {
    /// A body over a host's own source.
    pub fn new(source: impl Source + 'static) -> Self {
        Self(Rc::new(source))
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of all its bytes. For small ones: error texts, tests.
    pub fn to_vec(&self) -> Vec<u8> {
        self.slice(0, self.len())
    }

    /// A copy of its bytes from `start` to `end`.
    pub fn slice(&self, start: usize, end: usize) -> Vec<u8> {
        let end = end.min(self.len());
        let mut bytes = vec![0; end.saturating_sub(start)];
        self.0.read(start.min(end), &mut bytes);
        bytes
    }

    /// Its first bytes, at most `most`, as text.
    pub fn text(&self, most: usize) -> String {
        String::from_utf8_lossy(&self.slice(0, most)).into_owned()
    }

    /// Where its bytes are.
    pub fn source(&self) -> &dyn Source {
        &*self.0
    }

    /// Whether both are one and the same.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Body({} bytes)", self.len())
    }
}
