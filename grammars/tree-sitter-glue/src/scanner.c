// Tokens of a Glue cell.
//
// The Glue kernel cuts a cell with Python's str.splitlines() and decides what a line is from its first
// characters. Both, and what IPython then makes of the line, are repeated here:
//
// - a line ends at \n, \r\n, \r, \v, \f, \x1c, \x1d, \x1e, \x85, U+2028 or U+2029;
// - blanks at the end of a magic or shell line are dropped (str.rstrip(), so also U+00A0 and the like);
// - the name of a magic ends at the first *space*; a tab belongs to the name, and further spaces
//   belong to the argument.
//
// Whether a line still is in the head is known from the parse state: once the grammar has seen code or a
// cell magic, no token that starts a line is valid any more. The scanner's own state is one flag.

#include "tree_sitter/alloc.h"
#include "tree_sitter/parser.h"

// In the order of `externals` in grammar.js.
enum TokenType {
  END_OF_LINE,
  PERCENT,
  DOUBLE_PERCENT,
  SQL_PERCENT,
  LITERAL_PERCENT,
  HELP_PERCENT,
  HELP_DOUBLE_PERCENT,
  BANG,
  DOUBLE_BANG,
  COMMENT,
  REMAINDER,
  MAGIC_NAME_CHARACTERS,
  MAGIC_NAME_BLANKS,
  HELP_NAME,
  QUESTION,
  DOUBLE_QUESTION,
  SEPARATOR,
  MAGIC_ARGUMENT,
  SHELL_TEXT,
  TRAILING_BLANKS,
  ERROR_SENTINEL,
};

typedef struct {
  // Whether a token was produced before. Only the first one can have a byte order mark in front of it.
  bool started;
} Scanner;

static bool is_line_end(int32_t c) {
  return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// Python's str.isspace(), without the characters that end a line.
static bool is_blank(int32_t c) {
  return c == ' ' || c == '\t' || c == 0x1f || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

// What IPython's help takes for a character of a name. Beyond ASCII every character that is not blank counts;
// IPython asks for letters and digits there.
static bool is_word_character(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
         (c >= 0x80 && !is_blank(c) && !is_line_end(c));
}

// The same behind a single `%`, where a name can have wildcards.
static bool is_help_name_character(int32_t c) { return is_word_character(c) || c == '*'; }

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

// A NUL in the text and the end of the text have the same lookahead, 0.
static bool at_end_of_line(TSLexer *lexer) { return lexer->eof(lexer) || is_line_end(lexer->lookahead); }

// Whether a byte order mark stands before the first token. The parser steps over it without counting a column;
// for the kernel it is a character like any other, so that the first line is code. (Before the first token there
// can also be a line in error, which has columns.)
static bool at_byte_order_mark(const Scanner *scanner, TSLexer *lexer) {
  return !scanner->started && !lexer->is_at_included_range_start(lexer) && lexer->get_column(lexer) == 0;
}

static bool produce(Scanner *scanner, TSLexer *lexer, enum TokenType token) {
  scanner->started = true;
  lexer->result_symbol = token;
  return true;
}

static bool scan_end_of_line(Scanner *scanner, TSLexer *lexer) {
  bool carriage_return = lexer->lookahead == '\r';
  advance(lexer);
  if (carriage_return && !lexer->eof(lexer) && lexer->lookahead == '\n') {
    advance(lexer);
  }
  lexer->mark_end(lexer);
  return produce(scanner, lexer, END_OF_LINE);
}

static bool scan_remainder(Scanner *scanner, TSLexer *lexer) {
  while (!lexer->eof(lexer)) {
    advance(lexer);
  }
  lexer->mark_end(lexer);
  return produce(scanner, lexer, REMAINDER);
}

// Reads up to the end of the line. The token ends behind the last character that is not blank; returns
// whether there was one.
static bool accept_text(TSLexer *lexer) {
  bool found = false;
  while (!at_end_of_line(lexer)) {
    bool blank = is_blank(lexer->lookahead);
    advance(lexer);
    if (!blank) {
      lexer->mark_end(lexer);
      found = true;
    }
  }
  return found;
}

// Advances over `word` if it comes next, and over the part that fits otherwise.
static bool accept_word(TSLexer *lexer, const char *word) {
  for (; *word; word++) {
    if (lexer->lookahead != *word) {
      return false;
    }
    advance(lexer);
  }
  return true;
}

static bool accept_character(TSLexer *lexer, int32_t c) {
  if (lexer->lookahead != c) {
    return false;
  }
  advance(lexer);
  return true;
}

static void skip_digits(TSLexer *lexer) {
  while (is_digit(lexer->lookahead)) {
    advance(lexer);
  }
}

static void skip_help_name_characters(TSLexer *lexer) {
  while (is_help_name_character(lexer->lookahead)) {
    advance(lexer);
  }
}

static bool at_help_name(TSLexer *lexer) {
  return is_help_name_character(lexer->lookahead) && !is_digit(lexer->lookahead);
}

// Advances over a name as IPython's help knows it: `region`, `conf*`, `a.b`, `a[-1]`.
static bool accept_help_name(TSLexer *lexer) {
  if (!at_help_name(lexer)) {
    return false;
  }
  skip_help_name_characters(lexer);
  for (;;) {
    if (accept_character(lexer, '.')) {
      if (!at_help_name(lexer)) {
        return false;
      }
      skip_help_name_characters(lexer);
    } else if (accept_character(lexer, '[')) {
      accept_character(lexer, '-');
      if (!is_digit(lexer->lookahead)) {
        return false;
      }
      skip_digits(lexer);
      if (!accept_character(lexer, ']')) {
        return false;
      }
    } else {
      return true;
    }
  }
}

// Whether `?` or `??` comes next and ends the line.
static bool at_last_question(TSLexer *lexer) {
  if (!accept_character(lexer, '?')) {
    return false;
  }
  accept_character(lexer, '?');
  return at_end_of_line(lexer);
}

// What a line that begins with `%%` is. The kernel compares the beginning of the line only: `%%sqlx` and
// `%%configure?` are its cell magics too.
static enum TokenType double_percent_kind(TSLexer *lexer) {
  bool word = is_word_character(lexer->lookahead) && !is_digit(lexer->lookahead);
  switch (lexer->lookahead) {
    // The names differ in their first letter, so that one attempt is enough.
    case 's':
      if (accept_word(lexer, "sql")) {
        return SQL_PERCENT;
      }
      break;
    case 'c':
      if (accept_word(lexer, "configure")) {
        return LITERAL_PERCENT;
      }
      break;
    case 't':
      if (accept_word(lexer, "tags")) {
        return LITERAL_PERCENT;
      }
      break;
    case 'a':
      if (accept_word(lexer, "assume_role")) {
        return LITERAL_PERCENT;
      }
      break;
    default:
      break;
  }
  // What was read above is the beginning of a word. Help behind `%%` takes one word, no attributes.
  while (is_word_character(lexer->lookahead)) {
    advance(lexer);
  }
  return word && at_last_question(lexer) ? HELP_DOUBLE_PERCENT : DOUBLE_PERCENT;
}

// Whether a name comes next. A space would end it before it began; a tab is part of it, unless nothing but
// blanks follow, which are dropped.
static bool at_magic_name(TSLexer *lexer) {
  if (lexer->lookahead == ' ') {
    return false;
  }
  while (!at_end_of_line(lexer) && is_blank(lexer->lookahead)) {
    advance(lexer);
  }
  return !at_end_of_line(lexer);
}

// Produces the `%` or `%%` alone, but says by the token's kind what the whole line is. Refuses a line that
// names no magic, for which the kernel runs a magic that cannot exist, and one that begins with the operator
// `%=`, which is a syntax error to IPython.
static bool scan_percent(Scanner *scanner, TSLexer *lexer) {
  advance(lexer);
  bool doubled = accept_character(lexer, '%');
  lexer->mark_end(lexer);
  bool blank_first = is_blank(lexer->lookahead);
  if ((!doubled && lexer->lookahead == '=') || !at_magic_name(lexer)) {
    return false;
  }
  if (blank_first) {
    return produce(scanner, lexer, doubled ? DOUBLE_PERCENT : PERCENT);
  }
  if (doubled) {
    return produce(scanner, lexer, double_percent_kind(lexer));
  }
  bool help = accept_help_name(lexer) && at_last_question(lexer);
  return produce(scanner, lexer, help ? HELP_PERCENT : PERCENT);
}

static bool scan_bang(Scanner *scanner, TSLexer *lexer) {
  advance(lexer);
  bool doubled = accept_character(lexer, '!');
  lexer->mark_end(lexer);
  if (!doubled && lexer->lookahead == '=') {
    // `!=` is an operator, and to IPython a syntax error.
    return false;
  }
  return produce(scanner, lexer, doubled ? DOUBLE_BANG : BANG);
}

static bool scan_comment(Scanner *scanner, TSLexer *lexer) {
  while (!at_end_of_line(lexer)) {
    advance(lexer);
  }
  lexer->mark_end(lexer);
  return produce(scanner, lexer, COMMENT);
}

static bool scan_line_start(Scanner *scanner, TSLexer *lexer) {
  if (at_byte_order_mark(scanner, lexer)) {
    return scan_remainder(scanner, lexer);
  }
  switch (lexer->lookahead) {
    case '%':
      return scan_percent(scanner, lexer);
    case '!':
      return scan_bang(scanner, lexer);
    case '#':
      return scan_comment(scanner, lexer);
    default:
      return scan_remainder(scanner, lexer);
  }
}

// The name up to its last character that is not blank and stands before the first space. What is left of it,
// perhaps all, are blanks.
static bool scan_magic_name(Scanner *scanner, TSLexer *lexer) {
  bool found = false;
  while (!at_end_of_line(lexer) && lexer->lookahead != ' ') {
    bool blank = is_blank(lexer->lookahead);
    advance(lexer);
    if (!blank) {
      lexer->mark_end(lexer);
      found = true;
    }
  }
  if (!found) {
    lexer->mark_end(lexer);
  }
  return produce(scanner, lexer, found ? MAGIC_NAME_CHARACTERS : MAGIC_NAME_BLANKS);
}

// Produces `token`, which ends here, if more than blanks follow on this line, and all blanks up to the end of the
// line otherwise.
static bool produce_before_text(Scanner *scanner, TSLexer *lexer, enum TokenType token) {
  lexer->mark_end(lexer);
  while (!at_end_of_line(lexer)) {
    if (!is_blank(lexer->lookahead)) {
      return produce(scanner, lexer, token);
    }
    advance(lexer);
  }
  lexer->mark_end(lexer);
  return produce(scanner, lexer, TRAILING_BLANKS);
}

// The blanks behind a name. In `%region<TAB> x` the tab still is part of the name and the space separates; in
// `%region<TAB> ` both are dropped with the end of the line.
static bool scan_blanks_after_name(Scanner *scanner, TSLexer *lexer) {
  if (accept_character(lexer, ' ')) {
    return produce_before_text(scanner, lexer, SEPARATOR);
  }
  while (!at_end_of_line(lexer) && lexer->lookahead != ' ') {
    advance(lexer);
  }
  return produce_before_text(scanner, lexer, MAGIC_NAME_BLANKS);
}

static bool scan_help_name(Scanner *scanner, TSLexer *lexer) {
  if (!accept_help_name(lexer)) {
    return false;
  }
  lexer->mark_end(lexer);
  return produce(scanner, lexer, HELP_NAME);
}

static bool scan_question(Scanner *scanner, TSLexer *lexer) {
  if (!accept_character(lexer, '?')) {
    return false;
  }
  bool doubled = accept_character(lexer, '?');
  lexer->mark_end(lexer);
  return produce(scanner, lexer, doubled ? DOUBLE_QUESTION : QUESTION);
}

static bool scan_text(Scanner *scanner, TSLexer *lexer, enum TokenType token) {
  if (accept_text(lexer)) {
    return produce(scanner, lexer, token);
  }
  lexer->mark_end(lexer);
  return produce(scanner, lexer, TRAILING_BLANKS);
}

static bool scan(Scanner *scanner, TSLexer *lexer, const bool *valid_symbols) {
  bool at_end = lexer->eof(lexer);
  if (valid_symbols[ERROR_SENTINEL]) {
    // Only a line that begins with % or ! can be an error. All of it is, up to its end, and nothing below.
    return !at_end && is_line_end(lexer->lookahead) && scan_end_of_line(scanner, lexer);
  }
  if (at_end) {
    return false;
  }
  if (valid_symbols[END_OF_LINE] && is_line_end(lexer->lookahead)) {
    // A line end first thing behind a byte order mark does not make the line empty.
    return at_byte_order_mark(scanner, lexer) ? scan_remainder(scanner, lexer) : scan_end_of_line(scanner, lexer);
  }
  if (valid_symbols[PERCENT]) {
    return scan_line_start(scanner, lexer);
  }
  if (valid_symbols[REMAINDER]) {
    return scan_remainder(scanner, lexer);
  }
  if (valid_symbols[MAGIC_NAME_CHARACTERS]) {
    return scan_magic_name(scanner, lexer);
  }
  if (valid_symbols[SEPARATOR]) {
    return scan_blanks_after_name(scanner, lexer);
  }
  if (valid_symbols[MAGIC_ARGUMENT]) {
    return scan_text(scanner, lexer, MAGIC_ARGUMENT);
  }
  if (valid_symbols[SHELL_TEXT]) {
    return scan_text(scanner, lexer, SHELL_TEXT);
  }
  if (valid_symbols[TRAILING_BLANKS]) {
    return scan_text(scanner, lexer, TRAILING_BLANKS);
  }
  if (valid_symbols[HELP_NAME]) {
    return scan_help_name(scanner, lexer);
  }
  if (valid_symbols[QUESTION]) {
    return scan_question(scanner, lexer);
  }
  return false;
}

void *tree_sitter_glue_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_glue_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_glue_external_scanner_serialize(void *payload, char *buffer) {
  Scanner *scanner = payload;
  buffer[0] = (char)scanner->started;
  return 1;
}

void tree_sitter_glue_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  Scanner *scanner = payload;
  scanner->started = length > 0 && buffer[0];
}

bool tree_sitter_glue_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  return scan(payload, lexer, valid_symbols);
}
