//! The reference of all magics, written from the tables.

use std::fmt::Write as _;

use super::{Category, MagicForm, MagicSpec, magics};

mod magic;
mod markdown;
mod settings;

use markdown::{code, plain, table};

/// The groups of working magics, in reading order.
const GROUPS: [(Category, &str); 6] = [
    (Category::Session, "Identity and lifetime of a session"),
    (Category::Info, "Looking at sessions and ending them"),
    (Category::SessionType, "Type of session"),
    (Category::Config, "Size, role and packages"),
    (Category::Spark, "Connections, libraries and Spark properties"),
    (Category::Action, "Acting on the session"),
];

/// Returns `docs/magics.md`: everything the tables say about magics, `%%configure`, Glue versions and
/// worker types, as Markdown.
pub fn markdown() -> String {
    let mut page = String::new();
    introduction(&mut page);
    overview(&mut page);
    details(&mut page);
    not_magics(&mut page);
    settings::write(&mut page);
    page
}

fn introduction(page: &mut String) {
    let table = magics();
    let kernel = &table.kernel;
    let _ = write!(
        page,
        "# Magics of AWS Glue notebooks\n\n\
         <!-- Written from the tables in src/facts/data by `UPDATE_DOCS=1 cargo test --test all facts`; \
         change the tables, not this page. -->\n\n\
         This page describes `{}` {}, the kernel behind *{}* notebooks, as it behaves. Where the AWS \
         documentation says something else, the kernel's behaviour is given, because it is what runs.\n\n\
         A **line magic** (`%name`) takes the rest of its line. A **cell magic** (`%%name`) takes the \
         rest of the cell. Magics that configure a session act on the *next* session: a live one keeps \
         what it was created with.\n\n",
        kernel.package,
        kernel.version,
        kernel.display_names.join("* and *"),
    );
    page.push_str(
        "- [All magics at a glance](#all-magics-at-a-glance)\n\
         - [Magic by magic](#magic-by-magic)\n\
         - [How the kernel reads a cell](#how-the-kernel-reads-a-cell)\n\
         - [Names that do not work](#names-that-do-not-work)\n\
         - [What IPython's own magics do](#what-ipythons-own-magics-do)\n\
         - [Keys of %%configure](#keys-of-configure)\n\
         - [Job arguments](#job-arguments)\n\
         - [Spark properties](#spark-properties)\n\
         - [Environment variables](#environment-variables)\n\
         - [Glue versions](#glue-versions)\n\
         - [Worker types](#worker-types)\n\
         - [Limits and cost](#limits-and-cost)\n\
         - [Sources](#sources)\n\n",
    );
}

fn overview(page: &mut String) {
    page.push_str("## All magics at a glance\n\n");
    for (category, title) in GROUPS {
        for form in [MagicForm::Line, MagicForm::Cell] {
            let rows: Vec<Vec<String>> = magics()
                .supported()
                .filter(|magic| magic.category == category && magic.form == form)
                .map(|magic| {
                    vec![
                        format!("[{}](#{})", code(&magic.label()), anchor(magic)),
                        magic::argument(magic),
                        magic::default_value(magic),
                        plain(&magic.short),
                    ]
                })
                .collect();
            if rows.is_empty() {
                continue;
            }
            let form = match form {
                MagicForm::Line => "line magics",
                MagicForm::Cell => "cell magics",
            };
            let _ = write!(page, "**{title}** ({form})\n\n");
            table(page, &["Magic", "Argument", "Default", "What it does"], &rows);
        }
    }
}

fn details(page: &mut String) {
    page.push_str("## Magic by magic\n\n");
    for (category, _) in GROUPS {
        for magic in magics().supported().filter(|magic| magic.category == category) {
            let _ = write!(page, "### {}\n\n", magic.label());
            magic::write(page, magic);
        }
    }
}

/// Returns the fragment GitHub gives the heading of a magic, which drops percent signs.
///
/// Two magics of one name in both forms would get the same one; the tests see to it that none works
/// in both.
fn anchor(magic: &MagicSpec) -> &str {
    &magic.name
}

fn not_magics(page: &mut String) {
    page.push_str("## How the kernel reads a cell\n\n");
    for rule in &magics().cell_rules {
        let _ = write!(page, "- {}", plain(&rule.rule));
        if let Some(consequence) = &rule.consequence {
            let _ = write!(page, " *So:* {}", plain(consequence));
        }
        page.push('\n');
    }
    page.push_str("\n## Names that do not work\n\n");
    page.push_str("### Removed magics\n\n");
    let removed: Vec<Vec<String>> = magics()
        .all()
        .iter()
        .filter_map(|magic| {
            let since = magic.removed.as_ref()?;
            Some(vec![code(&magic.label()), plain(since), plain(&magic.short), fixes(magic)])
        })
        .collect();
    table(page, &["Magic", "Gone since", "What it did", "Now"], &removed);
    page.push_str("### Magics that never existed\n\n");
    let never: Vec<Vec<String>> = magics()
        .all()
        .iter()
        .filter(|magic| !magic.works() && magic.removed.is_none())
        .map(|magic| vec![code(&magic.label()), plain(&magic.short), fixes(magic)])
        .collect();
    table(page, &["Name", "What is known", "Now"], &never);
    page.push_str("### Magics of other products\n\n");
    let foreign: Vec<Vec<String>> =
        magics().foreign.iter().map(|magic| vec![code(&magic.label), plain(&magic.from), plain(&magic.fix)]).collect();
    table(page, &["Magic", "Belongs to", "In Glue"], &foreign);
}

fn fixes(magic: &MagicSpec) -> String {
    let fixes: Vec<String> = magic.mistakes.iter().map(|mistake| plain(&mistake.fix)).collect();
    fixes.join("; ")
}
