// Tells a Glue script from any other Python file, without VS Code and without the server.
//
// It may say yes too often (the server then finds nothing to do), and never because of a word alone: a
// window full of ordinary Python should start nothing.

const IMPORT = /^[ \t]*(?:from|import)[ \t]+awsglue\b/m;

/** The kernel in the header that jupytext writes at the top of a script. */
const JUPYTEXT_KERNEL = /^#[ \t]+name:[ \t]*(?:glue_pyspark|glue_spark|glue_python_kernel|glue_scala_kernel)\b/m;

/** Magics that no other kernel has. */
const GLUE_MAGICS = [
  'additional_python_modules',
  'assume_role',
  'connections',
  'extra_jars',
  'extra_py_files',
  'glue_ray',
  'glue_version',
  'iam_role',
  'idle_timeout',
  'number_of_workers',
  'security_config',
  'session_id_prefix',
  'session_type',
  'worker_type',
];

/** A Glue magic at the start of a line, commented as jupytext does it or bare. */
const GLUE_MAGIC = new RegExp(`^[ \\t]*(?:#[ \\t]*)?%%?(?:${GLUE_MAGICS.join('|')})\\b`, 'm');

const CELL_MARKER = /^[ \t]*#[ \t]*%%(?:[ \t\r]|$)/m;

/** Anything shaped like a magic, also a misspelt one; only of weight in a script that has cells. */
const ANY_MAGIC = /^[ \t]*(?:#[ \t]*)?%%?[A-Za-z_]\w*/m;

/** Whether the text of a Python file shows a sign of Glue. */
export function looksLikeGlue(text: string): boolean {
  return (
    IMPORT.test(text) ||
    JUPYTEXT_KERNEL.test(text) ||
    GLUE_MAGIC.test(text) ||
    (CELL_MARKER.test(text) && ANY_MAGIC.test(text))
  );
}

/** The names that AWS's kernels are installed by. */
export const GLUE_KERNELS = ['glue_pyspark', 'glue_spark', 'glue_python_kernel', 'glue_scala_kernel'];

/** Whether a notebook is Glue's: its kernel is, or it has an ordinary one or none, and a magic that only Glue has. */
export function isGlueNotebook(metadata: unknown, cells: () => string[]): boolean {
  // VS Code keeps the metadata of the file one level down.
  const own = member(metadata, 'metadata') ?? metadata;
  const kernel = member(member(own, 'kernelspec'), 'name');
  const language = member(member(own, 'language_info'), 'name');
  if (language === 'Python_Glue_Session') return true;
  if (typeof kernel === 'string') {
    if (GLUE_KERNELS.includes(kernel) || kernel.includes('sm_glue_is-glue_')) return true;
    if (!/^python\d*$/.test(kernel)) return false;
  }
  return cells().some((text) => GLUE_MAGIC.test(text));
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
