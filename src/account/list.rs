//! The lists of an account, and how the kinds of their items differ.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::shelf::Shelf;
use super::slot::Slot;
use crate::model::account::{
    Caller, Column, Connection, Database, Entry, Role, S3Entry, SecurityConfiguration, SessionFact, Subnet, Table,
};

/// How long sessions are believed: their states change by themselves.
const SESSIONS_KEPT: Duration = Duration::from_secs(30);

/// How long what lies below a place in S3 is believed.
const OBJECTS_KEPT: Duration = Duration::from_secs(60);

/// The most words that are looked for in all items of a list.
const MOST_WORDS: usize = 20_000;

/// A list of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum List {
    /// The caller, a list of one.
    Caller,
    /// The connections.
    Connections,
    /// The roles.
    Roles,
    /// The security configurations.
    SecurityConfigurations,
    /// The sessions.
    Sessions,
    /// The subnets with these ids.
    Subnets(Arc<[String]>),
    /// The databases.
    Databases,
    /// The tables of a database.
    Tables(String),
    /// What is right below a place in S3, `s3://` or `s3://bucket/folder/`.
    Objects(String),
}

impl List {
    /// Returns how old it may be and still be relied on.
    pub(super) fn limit(&self, max_age: Duration) -> Duration {
        match self {
            List::Sessions => max_age.min(SESSIONS_KEPT),
            List::Objects(_) => max_age.min(OBJECTS_KEPT),
            _ => max_age,
        }
    }

    /// Returns whether there can be any number of such lists.
    pub(super) fn is_one_of_many(&self) -> bool {
        matches!(self, List::Tables(_) | List::Objects(_))
    }

    /// Returns whether it is kept on disk.
    pub(super) fn is_kept(&self) -> bool {
        match self {
            List::Connections
            | List::Roles
            | List::SecurityConfigurations
            | List::Databases
            | List::Subnets(_)
            | List::Caller => true,
            List::Sessions | List::Tables(_) | List::Objects(_) => false,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What is on it.
    pub items: Items,
    /// Where to go on; `None` on the last page.
    pub next: Option<String>,
}

/// Items of a list, in no particular order.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names of the lists")]
pub enum Items {
    Caller(Vec<Caller>),
    Connections(Vec<Connection>),
    Roles(Vec<Role>),
    SecurityConfigurations(Vec<SecurityConfiguration>),
    Sessions(Vec<SessionFact>),
    Subnets(Vec<Subnet>),
    Databases(Vec<Database>),
    Tables(Vec<Table>),
    Objects(Vec<S3Entry>),
}

/// Words that many items have in common.
#[derive(Debug, Default)]
pub(super) struct Words(HashSet<Arc<str>>);

impl Words {
    /// Takes over the word that is the same.
    fn share(&mut self, word: &mut Arc<str>) {
        match self.0.get(&**word) {
            Some(same) => *word = Arc::clone(same),
            None if self.0.len() < MOST_WORDS => drop(self.0.insert(Arc::clone(word))),
            None => {}
        }
    }
}

/// A kind of item: which list has it, where that is kept and how much memory one takes.
pub(super) trait Listed: Entry + Clone + PartialEq + Send + Sync + 'static {
    /// Returns the items of a page, if they are of this kind.
    fn of(items: Items) -> Option<Vec<Self>>;

    /// Returns where a list of these is kept.
    fn slot<'a>(shelf: &'a mut Shelf, list: &List) -> Option<&'a mut Slot<Self>>;

    /// Returns about how many bytes it takes.
    fn weight(&self) -> usize {
        size_of::<Self>() + self.name().len()
    }

    /// Takes over what is the same in an older one, or in any other item, so that it is in memory once.
    fn share(&mut self, _older: Option<&Self>, _words: &mut Words) {}

    /// Returns the ids of the subnets that items lie in, in order; `None` for all but connections.
    fn subnets(_items: &[Self]) -> Option<Arc<[String]>> {
        None
    }

    /// Returns the caller, if this is the list of it.
    fn caller(_items: &[Self]) -> Option<&Caller> {
        None
    }
}

macro_rules! listed {
    ($type:ident, $items:ident, |$shelf:ident, $list:ident| $slot:expr $(, $more:item)*) => {
        impl Listed for $type {
            fn of(items: Items) -> Option<Vec<Self>> {
                match items {
                    Items::$items(items) => Some(items),
                    _ => None,
                }
            }

            fn slot<'a>($shelf: &'a mut Shelf, $list: &List) -> Option<&'a mut Slot<Self>> {
                $slot
            }

            $($more)*
        }
    };
}

fn length(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

listed!(
    Caller,
    Caller,
    |shelf, _list| Some(&mut shelf.caller),
    fn caller(items: &[Self]) -> Option<&Caller> {
        items.first()
    }
);

listed!(
    Connection,
    Connections,
    |shelf, _list| Some(&mut shelf.connections),
    fn weight(&self) -> usize {
        let groups: usize = self.security_groups.iter().map(|group| size_of::<String>() + group.len()).sum();
        size_of::<Self>() + self.name.len() + self.kind.len() + length(self.description.as_ref()) + groups + 64
    },
    fn subnets(items: &[Self]) -> Option<Arc<[String]>> {
        let mut ids: Vec<&String> = items.iter().filter_map(|item| item.subnet.as_ref()).collect();
        ids.sort_unstable();
        ids.dedup();
        Some(ids.into_iter().filter(|id| !id.is_empty()).cloned().collect())
    }
);

listed!(
    Role,
    Roles,
    |shelf, _list| Some(&mut shelf.roles),
    fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.arn.len() + length(self.description.as_ref())
    }
);

listed!(SecurityConfiguration, SecurityConfigurations, |shelf, _list| Some(&mut shelf.security_configurations));

listed!(
    SessionFact,
    Sessions,
    |shelf, _list| Some(&mut shelf.sessions),
    fn weight(&self) -> usize {
        let tag = |(key, value): &(String, String)| 2 * size_of::<String>() + key.len() + value.len();
        size_of::<Self>() + self.id.len() + 64 + self.tags.iter().map(tag).sum::<usize>()
    }
);

listed!(Subnet, Subnets, |shelf, _list| Some(&mut shelf.subnets));

listed!(
    Database,
    Databases,
    |shelf, _list| Some(&mut shelf.databases),
    fn weight(&self) -> usize {
        let words = length(self.description.as_ref()) + length(self.location.as_ref());
        size_of::<Self>() + self.name.len() + words
    }
);

listed!(
    Table,
    Tables,
    |shelf, list| match list {
        List::Tables(database) => shelf.tables.get_mut(database),
        _ => None,
    },
    fn weight(&self) -> usize {
        let column = |column: &Column| {
            size_of::<Column>()
                + column.name.len()
                + column.kind.len()
                + column.comment.as_ref().map_or(0, |comment| comment.len())
        };
        let words = [&self.description, &self.kind, &self.format, &self.location];
        let words: usize = words.into_iter().map(|text| length(text.as_ref())).sum();
        size_of::<Self>() + self.name.len() + words + self.columns.iter().map(column).sum::<usize>()
    },
    fn share(&mut self, older: Option<&Self>, words: &mut Words) {
        match older {
            Some(older) if self.columns == older.columns => self.columns = Arc::clone(&older.columns),
            _ => {
                for column in Arc::get_mut(&mut self.columns).unwrap_or_default() {
                    words.share(&mut column.name);
                    words.share(&mut column.kind);
                }
            }
        }
    }
);

listed!(S3Entry, Objects, |shelf, list| match list {
    List::Objects(prefix) => shelf.objects.get_mut(prefix),
    _ => None,
});
