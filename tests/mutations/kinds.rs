//! The kinds of mistakes.

use super::plant::{Place, Wrong};

mod bodies;
mod code;
mod names;
mod session;
mod values;

/// A kind of mistake.
pub(super) struct Kind {
    /// What it is called, for failures.
    pub(super) name: &'static str,
    /// The row of the tables it comes from: a magic and the code of its mistake, `key` and a key that `%%configure`
    /// does not know, `foreign` and the label of another product's magic, `rule` and a rule of the kernel's or ours.
    pub(super) from: &'static str,
    /// Settings that the notebook has before.
    pub(super) needs: &'static [(&'static str, &'static str)],
    /// Line magics and keys of `%%configure` that the notebook does not have: with them it would be no mistake.
    pub(super) without: &'static [&'static str],
    /// Where it fits.
    pub(super) place: Place,
    /// What is written there.
    pub(super) wrong: Wrong,
    /// At least one problem with one of these codes touches the place.
    pub(super) codes: &'static [&'static str],
    /// What it may lead to besides, anywhere.
    pub(super) also: &'static [&'static str],
}

/// Every kind.
pub(super) fn all() -> impl Iterator<Item = &'static Kind> {
    [values::KINDS, names::KINDS, code::KINDS, bodies::KINDS, session::KINDS].into_iter().flatten()
}

const fn kind(
    name: &'static str,
    from: &'static str,
    place: Place,
    wrong: &'static [&'static str],
    codes: &'static [&'static str],
) -> Kind {
    Kind { name, from, needs: &[], without: &[], place, wrong: Wrong::One(wrong), codes, also: &[] }
}

impl Kind {
    /// The notebook has these settings before.
    const fn with(self, needs: &'static [(&'static str, &'static str)]) -> Kind {
        Kind { needs, ..self }
    }

    /// The notebook does not have these magics and keys.
    const fn unless(self, without: &'static [&'static str]) -> Kind {
        Kind { without, ..self }
    }

    /// It leads to these besides.
    const fn leading_to(self, also: &'static [&'static str]) -> Kind {
        Kind { also, ..self }
    }
}
