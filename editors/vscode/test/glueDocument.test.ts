import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeGlue } from '../src/glueDocument';

const glue: Record<string, string> = {
  'a job script': 'import sys\nfrom awsglue.context import GlueContext\n',
  'an import inside a function': 'def main():\n    import awsglue\n',
  'a commented magic': '# %glue_version 4.0\nx = 1\n',
  'a commented magic without a blank': '#%worker_type G.1X\n',
  'a bare magic': '%number_of_workers 5\n',
  'a cell magic that only Glue has': '# %%assume_role\n# {}\n',
  'a misspelt magic in a script with cells': '# %%\n# %glue_versoin 4.0\n',
  'a general magic in a script with cells, Windows line ends': '# %%\r\n# %region eu-west-1\r\n',
  'the header of jupytext': '# ---\n# jupyter:\n#   kernelspec:\n#     name: glue_pyspark\n# ---\n',
};

const other: Record<string, string> = {
  'nothing': '',
  'ordinary Python': 'import sys\nprint("%d rows" % 3)\n',
  'a name that begins alike': 'import awsglue_helpers\n',
  'awsglue in a string or comment': 'x = "awsglue"\n# see awsglue for more\n',
  'a comment with a percent sign': '# %d rows were read\n# %50 done\n',
  'cells without magics': '# %% load\nimport pandas\n# %%\nprint(1)\n',
  'a modulo over two lines': 'x = (y\n     % glue_version)\n',
  'a longer word': '# %glue_versions are listed below\n',
};

for (const [what, text] of Object.entries(glue)) {
  test(`is Glue: ${what}`, () => assert.equal(looksLikeGlue(text), true));
}
for (const [what, text] of Object.entries(other)) {
  test(`is not Glue: ${what}`, () => assert.equal(looksLikeGlue(text), false));
}

test('a large file is read in linear time', () => {
  // Blank lines and indentation are where a careless pattern goes back and forth.
  const text = `${' '.repeat(2_000_000)}${'\n'.repeat(2_000_000)}${'# % \n'.repeat(200_000)}`;
  assert.equal(looksLikeGlue(text), false);
});
