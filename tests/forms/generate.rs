//! Percent scripts made of pieces, the same ones for the same seed.

/// A small generator of numbers: only that they are the same everywhere matters.
pub(super) struct Seeded(u64);

impl Seeded {
    /// Starts with a seed.
    pub(super) fn new(seed: u64) -> Seeded {
        Seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 16) % end.max(1) as u64).unwrap()
    }

    fn pick<'p>(&mut self, pieces: &[&'p str]) -> &'p str {
        pieces[self.below(pieces.len())]
    }

    /// Returns true once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The names that the pieces know as magics; `d`, `foo` and `copyright` are none.
pub(super) const KNOWN: [&str; 8] = ["glue_version", "configure", "tags", "sql", "SQL", "timeit", "bash", "region"];

const HEADERS: [&str; 14] = [
    "",
    "",
    "",
    "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       extension: .py\n#       format_name: percent\n#   kernelspec:\n#     display_name: Glue PySpark\n#     language: python\n#     name: glue_pyspark\n# ---\n\n",
    "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Glue Spark\n#     language: scala\n#     name: glue_spark\n# ---\n\n",
    "# ---\n# jupyter:\n#   jupytext:\n#     comment_magics: false\n#   kernelspec:\n#     language: python\n#     name: glue_pyspark\n# ---\n\n",
    "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       extension: .py\n#       format_name: hydrogen\n# ---\n",
    "# ---\n# jupyter:\n#   jupytext:\n#     cell_markers: '\"\"\"'\n#     split_at_heading: true\n#     custom_cell_magics: foo,kql\n# ---\n\n",
    "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Glue PySpark\n#     language: pyspark\n#     name: glue_pyspark\n# ---\n\n",
    "# ---\n# title: A report\n# jupyter:\n#   kernelspec:\n#     name: glue_pyspark\n#     language: python\n#     display_name: x\n# ---\n\n",
    "# -*- coding: utf-8 -*-\n",
    "#!/usr/bin/env python\n# coding: utf-8\n",
    "#!/usr/bin/env python\n# ---\n# jupyter:\n#   jupytext:\n#     main_language: python\n# ---\n",
    "# ---\n# jupyter:\n#   jupytext:\n#     main_language: sql\n# ---\n\n",
];

const MARKERS: [&str; 74] = [
    "# %%",
    "# %%",
    "# %%",
    "#%%",
    "# %% A title",
    "#%% A title",
    "# %%% A part",
    "  # %%",
    "# %%\t",
    "# In[1]:",
    "# In[ ]",
    "# <codecell>",
    "# %% [markdown]",
    "# %% [markdown]",
    "# %% [markdown]",
    "# %% [md]",
    "# %% [raw]",
    "# %% [raw]",
    "# %% About [markdown] tags=[\"a\"]",
    "# %% tags=[\"parameters\"]",
    "# %% tags=[\"active-ipynb\"]",
    "# %% tags=[\"active-py\"]",
    "# %% tags=[\"active-ipynb-py\"]",
    "# %% tags=[\"a\", \"active-ipynb\"] active=\"py\"",
    "# %% active=\"ipynb\"",
    "# %% active=\"py\"",
    "# %% active=\"ipynb,py\"",
    "# %% active=\"\"",
    "# %% active=\"md\"",
    "# %% [markdown] active=\"ipynb\"",
    "# %% [markdown] active=\"py\"",
    "# %% [raw] active=\"py\"",
    "# %% [raw] active=\"ipynb\"",
    "# %% run_control={\"frozen\": true}",
    "# %% run_control={\"frozen\": false}",
    "# %% language=\"sql\"",
    "# %% language=\"sql\"",
    "# %% language=\"sql\" magic_args=\"-o df\"",
    "# %% magic_args=\"-o df\" language=\"sql\"",
    "# %% The query language=\"sql\" tags=[\"a\"]",
    "# %% language=\"SQL\"",
    "# %% language=\"bash\"",
    "# %% language=\"html\"",
    "# %% language=\"spark\"",
    "# %% language=\"python\"",
    "# %% language=\"python3\"",
    "# %% language=\"scala\"",
    "# %% language=\"R\"",
    "# %% language=\"configure\"",
    "# %% language=\"configure\" magic_args=\"-f\"",
    "# %% language=\"foo\"",
    "# %% language=\"kql\" magic_args=\"a\"",
    "# %% language=\"sql\" active=\"ipynb\"",
    "# %% language=\"sql\" active=\"ipynb,py\"",
    "# %% language='sql'",
    "# %% language = \"sql\"",
    "# %% {\"language\": \"sql\"}",
    "# %% {\"language\": \"sql\", \"magic_args\": \"-o df\"}",
    "# %% A title {\"tags\": [\"active-ipynb\"]}",
    "# %% {'active': 'py'}",
    "# %% [markdown] {\"editable\": true, \"slideshow\": {\"slide_type\": \"\"}}",
    "# %% editable=true slideshow={\"slide_type\": \"slide\"} language=\"sql\"",
    "# %% language=\"sql\" colab={\"base_uri\": \"https://x?a=b\"}",
    "# %% jupyter={\"outputs_hidden\": true} id=\"a-b\" outputId=\"c=d\" language=\"bash\"",
    "# %% vscode={\"languageId\": \"sql\"}",
    "# %% cell_type=\"markdown\"",
    "# %% cell_type=\"code\" [markdown]",
    "# %% .class language=\"sql\"",
    "# %% a=b=c language=\"sql\"",
    "# %% x = [1, 2] language=\"sql\"",
    "# %% why? = 5 language=\"sql\"",
    "# %%sql",
    "# %%configure -f",
    "# %% \"quoted [raw] title\"",
];

const LINES: [&str; 102] = [
    "",
    "",
    "",
    "",
    "   ",
    "x = 1",
    "def f():",
    "    return 1",
    "print(\"a # b\")",
    "x = \"\"\"",
    "\"\"\"",
    "'''",
    "\"\"\"text\"\"\"",
    "r\"\"\"text\\n\"\"\"",
    "it's = 'x'",
    "s = \"\\\"\"\"",
    "# it's",
    "# a \"\"\" b",
    "# text",
    "#text",
    "#",
    "# ",
    "## Title",
    "# # Title",
    "# - item",
    "# + cell",
    "# +",
    "# -",
    "# # +",
    "# # + x",
    "##+",
    "# # # + x",
    "    # # +",
    "# %glue_version 4.0",
    "#%glue_version 4.0",
    "#  %glue_version 4.0",
    "# # %glue_version 4.0",
    "# # # %glue_version 4.0",
    "    # %glue_version 4.0",
    "%glue_version 4.0",
    "  %glue_version 4.0",
    "# %%configure -f",
    "%%configure",
    "{\"a\": 1}",
    "# {\"a\": 1}",
    "# %%tags",
    "# %%SQL",
    "# %%sql x",
    "%%sql",
    "SELECT 1 -- it's",
    "# SELECT 1",
    "# %d rows",
    "# %50",
    "# %foo x",
    "# %%foo",
    "# # %d rows",
    "# %d # escape",
    "# %glue_version 4.0 # noescape",
    "%glue_version 4.0 # noescape # escape",
    "%region a \\",
    "# %region a \\",
    "# %d a \\",
    "# b \\",
    "    # c",
    "# !ls",
    "#!ls",
    "#!%region x",
    "!ls \\",
    "# ! ls",
    "#   !ls",
    "# !important",
    "# # !ls",
    "    # !ls",
    "# ?x",
    "# x?",
    "#x?",
    "# x??",
    "# why now?",
    "# # why?",
    "    # why?",
    "x?",
    "# ls",
    "#ls -l",
    "# copy the data",
    "# # copy the data",
    "# copyright",
    "# cd = 1",
    "# rm, then go",
    "    # cat x",
    "ls -l \\",
    "# echo ",
    "# files = !ls",
    "# x = %timeit f()",
    "# x = %d",
    "# # x = !ls",
    "    # x = !ls",
    "x = !ls \\",
    "// %glue_version 4.0",
    "// // %region x",
    "// text",
    "# ```python",
    "# ```",
];

const ODD: [&str; 8] = ["# ~~~", "# ````", "```", "# ```mermaid", "\u{c}", "# é 𝕏", "#\u{a0}%region x", "\u{a0}"];

/// Returns a script.
pub(super) fn script(seeded: &mut Seeded) -> String {
    let mut text = seeded.pick(&HEADERS).to_owned();
    let end = if seeded.once_in(12) { "\r\n" } else { "\n" };
    if seeded.once_in(3) {
        for _ in 0..seeded.below(3) {
            text.push_str(seeded.pick(&LINES));
            text.push('\n');
        }
    }
    for _ in 0..=seeded.below(5) {
        text.push_str(seeded.pick(&MARKERS));
        text.push('\n');
        for _ in 0..seeded.below(6) {
            text.push_str(if seeded.once_in(10) { seeded.pick(&ODD) } else { seeded.pick(&LINES) });
            text.push('\n');
        }
        if seeded.once_in(2) {
            text.push_str(seeded.pick(&["\n", "\n\n", "\n\n\n"]));
        }
    }
    if seeded.once_in(4) {
        text.pop();
    }
    text.replace('\n', end)
}

const KEYS: [&str; 9] = ["language", "tags", "x", "a-b", "a.b", "active", "1a", "é", "magic_args"];
const VALUES: [&str; 24] = [
    "\"sql\"",
    "'sql'",
    "\"a b\"",
    "\"a=b\"",
    "[\"a\"]",
    "[1, 'a']",
    "{\"a\": \"b=c\"}",
    "1",
    "-1.5",
    "true",
    "True",
    "None",
    "null",
    "abc",
    "\"",
    "\"a",
    "[",
    "(1, 2)",
    "1 + 2",
    "r'x'",
    "\"\\u0041\"",
    "'\\''",
    "'\\n'",
    "\"a\" \"b\"",
];
const WORDS: [&str; 11] = ["Title", ".class", "[markdown]", "[raw]", "word", "--", "a{b", "=", "%", "é", "key"];

/// Returns a marker with options, readable and not.
pub(super) fn marker(seeded: &mut Seeded) -> String {
    let mut text = "# %%".to_owned();
    for _ in 0..seeded.below(5) {
        text.push_str(seeded.pick(&[" ", " ", " ", " ", "  ", "\t"]));
        if seeded.once_in(3) {
            text.push_str(seeded.pick(&WORDS));
        } else {
            let key = seeded.pick(&KEYS);
            text.push_str(key);
            text.push_str(seeded.pick(&["=", "=", "=", " = ", " =", "= "]));
            // Arguments are always written as strings.
            let values = if key == "magic_args" { &VALUES[..4] } else { &VALUES[..] };
            text.push_str(seeded.pick(values));
        }
    }
    if seeded.once_in(2) {
        text.push_str(" language=\"sql\"");
    }
    text + "\n# a\n# %region\n# %d\n\"\"\"b\"\"\"\n"
}
