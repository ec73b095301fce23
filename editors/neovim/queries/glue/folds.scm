[
  (cell_magic)
  (code)
] @fold
