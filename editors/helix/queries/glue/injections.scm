; The code of a Python kernel. A cell of a Scala kernel has the same outer shape: an editor that knows
; the kernel can inject another language here.
((code) @injection.content
  (#set! injection.language "python"))

((cell_magic body: (sql_body) @injection.content)
  (#set! injection.language "sql"))

; The kernel reads the body with Python's ast.literal_eval, not as JSON.
((cell_magic body: (literal_body) @injection.content)
  (#set! injection.language "python"))

((shell_command command: (shell_text) @injection.content)
  (#set! injection.language "bash"))
