/**
 * @file A cell of an AWS Glue notebook, cut the way the Glue kernel cuts it before running anything.
 * @license MIT OR Apache-2.0
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

// The kernel reads a cell line by line from the top. Lines that it handles itself form the head; the
// first other line ends the head for good, and everything from there on goes to the session. Every
// decision needs the whole line (and line ends are Python's, not only "\n"), so all tokens come from
// src/scanner.c, and the rules below only say in which order they may stand.

export default grammar({
  name: 'glue',

  // Blanks are significant: an indented magic is code, and a value keeps its leading blanks.
  extras: _ => [],

  // The order is that of `enum TokenType` in src/scanner.c.
  externals: $ => [
    $._end_of_line,
    $._percent,
    $._double_percent,
    $._sql_percent,
    $._literal_percent,
    $._help_percent,
    $._help_double_percent,
    $._bang,
    $._double_bang,
    $.comment,
    $._remainder,
    $._magic_name_characters,
    $._magic_name_blanks,
    $._help_name,
    $._question,
    $._double_question,
    $._separator,
    $.magic_argument,
    $.shell_text,
    $._trailing_blanks,
    // In no rule: valid only while the parser recovers from an error.
    $._error_sentinel,
  ],

  rules: {
    // Lines of the head, then at most one node that reaches to the end of the cell. An empty line is
    // an end of line alone and has no node.
    cell: $ => seq(
      repeat(seq(optional($._head_line), $._end_of_line)),
      optional(choice($._head_line, $.cell_magic, $.code)),
    ),

    _head_line: $ => choice($.line_magic, $.help, $.shell_command, $.comment),

    // `%region eu-west-1`. Also a cell magic that is not the Glue kernel's own, such as `%%time`: the
    // kernel runs its first line alone, without the lines below it.
    line_magic: $ => seq(
      choice(alias($._percent, '%'), alias($._double_percent, '%%')),
      $._magic_words,
    ),

    // `%region?`, `%%time??`
    help: $ => seq(
      choice(alias($._help_percent, '%'), alias($._help_double_percent, '%%')),
      field('name', alias($._help_name, $.magic_name)),
      choice(alias($._question, '?'), alias($._double_question, '??')),
    ),

    // `!pip list`, `!!ls`
    shell_command: $ => seq(
      choice(alias($._bang, '!'), alias($._double_bang, '!!')),
      optional(field('command', $.shell_text)),
      optional($._trailing_blanks),
    ),

    // `%%sql`, `%%configure`, `%%tags`, `%%assume_role`, and any name that begins with one of these.
    cell_magic: $ => choice(
      seq(
        alias($._sql_percent, '%%'),
        $._magic_words,
        optional(seq($._end_of_line, optional(field('body', alias($._remainder, $.sql_body))))),
      ),
      seq(
        alias($._literal_percent, '%%'),
        $._magic_words,
        optional(seq($._end_of_line, optional(field('body', alias($._remainder, $.literal_body))))),
      ),
    ),

    _magic_words: $ => seq(
      field('name', $.magic_name),
      optional(seq($._separator, field('argument', $.magic_argument))),
      optional($._trailing_blanks),
    ),

    // Ends at the first space. Blanks of another kind are part of it, even if it has nothing else.
    magic_name: $ => choice(
      seq($._magic_name_characters, optional($._magic_name_blanks)),
      $._magic_name_blanks,
    ),

    code: $ => $._remainder,

    // Found by the scanner, which also knows the other line ends. A grammar in which no token has a rule
    // gets a lexer that reports the end of the text wherever the scanner finds nothing.
    _end_of_line: _ => /\n/,
  },
});
