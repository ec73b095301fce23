//! The keys that requests are signed with.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use subtle::ConstantTimeEq;

/// A key, which is shown to nobody but those who shall have it.
#[derive(Clone)]
pub struct Key {
    /// Its id, which is no secret.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// What a request must have as `X-Amz-Security-Token`; nothing for a key that is not temporary.
    pub token: Option<String>,
    /// Until when it holds, if not always.
    pub expires: Option<SystemTime>,
}

/// Finds a key by its id.
pub type FindKey = Arc<dyn Fn(&str) -> Option<Key> + Send + Sync>;

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Key {
    /// Makes a key of random digits, in the form that AWS gives its own.
    pub fn random() -> Self {
        let digits_of_id = digits();
        let letters = digits_of_id.bytes().map(|digit| match digit {
            b'0'..=b'9' => char::from(b'Q' + (digit - b'0')),
            digit => char::from(digit.to_ascii_uppercase()),
        });
        let id = "AKIA".chars().chain(letters.take(16)).collect();
        let secret = [digits(), digits()].concat().chars().take(40).collect();
        Self { id, secret, token: None, expires: None }
    }
}

/// 32 hexadecimal digits from the system's source of random numbers; six bits of them are fixed.
fn digits() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// All keys that are good.
pub(super) struct Ring {
    own: Key,
    more: Option<FindKey>,
}

impl Ring {
    pub(super) fn of(own: Key) -> Self {
        Self { own, more: None }
    }

    pub(super) fn also(&mut self, find: FindKey) {
        self.more = Some(find);
    }

    /// Returns the key with this id.
    pub(super) fn find(&self, id: &str) -> Option<Key> {
        if same(&self.own.id, id) { Some(self.own.clone()) } else { self.more.as_ref().and_then(|find| find(id)) }
    }
}

/// Compares two texts in a time that tells nothing of them but whether they are as long as each other.
pub(super) fn same(one: &str, other: &str) -> bool {
    bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_look_like_those_of_aws_and_are_never_the_same() {
        let keys: Vec<Key> = (0..200).map(|_| Key::random()).collect();
        for key in &keys {
            assert_eq!((key.id.len(), key.secret.len()), (20, 40));
            assert!(key.id.starts_with("AKIA") && key.id.bytes().all(|byte| byte.is_ascii_uppercase()), "{}", key.id);
            assert!(!format!("{key:?}").contains(&key.secret));
        }
        assert_eq!(keys.iter().map(|key| &key.id).collect::<BTreeSet<_>>().len(), keys.len());
        assert_eq!(keys.iter().map(|key| &key.secret).collect::<BTreeSet<_>>().len(), keys.len());
    }
}
