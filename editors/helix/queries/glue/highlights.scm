; Bodies and code are highlighted by the languages injected into them; see injections.scm.

(comment) @comment

(line_magic ["%" "%%"] @punctuation.special)
(cell_magic "%%" @punctuation.special)
(help ["%" "%%"] @punctuation.special)
(shell_command ["!" "!!"] @punctuation.special)

(line_magic name: (magic_name) @function.macro)
(cell_magic name: (magic_name) @keyword.directive)
(help name: (magic_name) @function.macro)

(help ["?" "??"] @operator)

(magic_argument) @string.special
