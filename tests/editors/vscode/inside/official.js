// A kernel of another extension, as VS Code has it: cells run in the official Glue kernel. What the Jupyter extension does, as
// far as others see it: an execution is made when a cell is asked for and started when its turn comes, it gets its number when
// the kernel begins, outputs are added as they come, and pieces of a stream to the output of that stream.
const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');
const vscode = require('vscode');

const ID = 'official';
const { stdout, stderr, error, text } = vscode.NotebookCellOutputItem;

function shown(output) {
  const { output_type: outputType } = output;
  if (outputType === 'stream') return new vscode.NotebookCellOutput([(output.name === 'stderr' ? stderr : stdout)(output.text)], { outputType });
  if (outputType === 'error') {
    const { ename: name, evalue: message, traceback } = output;
    return new vscode.NotebookCellOutput([error({ name, message, stack: traceback.join('\n') })], { outputType, originalError: output });
  }
  return new vscode.NotebookCellOutput(Object.entries(output.data).map(([mime, value]) => text(String(value), mime)), { outputType });
}

/** Registers the kernel. `command` runs it, with `environment` and nothing else of this one's. */
exports.official = function official({ command: [program, ...args], environment }) {
  const kernel = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  let [log, heard, failure] = ['', () => {}];
  kernel.stderr.on('data', (data) => { log = (log + data).slice(-4000); });
  const ended = new Promise((resolve) => kernel.once('close', resolve));
  // How it ends says why.
  kernel.stdin.on('error', () => {});
  kernel.once('error', (error) => { log += error.message; });
  createInterface({ input: kernel.stdout }).on('line', (line) => heard(JSON.parse(line)));

  const controller = vscode.notebooks.createNotebookController(ID, 'jupyter-notebook', 'Glue PySpark (official)');
  controller.supportedLanguages = ['python', 'python_glue_session', 'Python_Glue_Session'];
  controller.supportsExecutionOrder = true;
  let queue = Promise.resolve();
  const run = (execution) => new Promise((resolve, reject) => {
    let last = Promise.resolve();
    let stream;
    const next = (change) => { last = last.then(change); last.catch(reject); };
    void ended.then(() => reject(new Error(`the kernel ended: ${log}`)));
    heard = ({ number, output, status }) => {
      if (number !== undefined) {
        execution.start(Date.now());
        execution.executionOrder = number;
        next(() => execution.clearOutput());
      } else if (output !== undefined) {
        next(async () => {
          const made = shown(output);
          if (output.output_type === 'stream' && stream?.name === output.name) return execution.appendOutputItems(made.items, stream.made);
          stream = output.output_type === 'stream' ? { name: output.name, made } : undefined;
          return execution.appendOutput(made);
        });
      } else if (status !== undefined) {
        next(() => execution.end(status === 'ok', Date.now()));
        last.then(resolve);
      }
    };
    const { cell } = execution;
    kernel.stdin.write(JSON.stringify({ id: cell.index, code: cell.document.getText() }) + '\n');
  });
  controller.executeHandler = (cells) => {
    for (const cell of cells) {
      const execution = controller.createNotebookCellExecution(cell);
      queue = queue.then(() => run(execution)).catch((error) => { failure ??= error; });
    }
  };
  return {
    choose: () => vscode.commands.executeCommand('notebook.selectKernel', { id: ID, extension: 'glue-ls-tests.glue-ls-inside' }),
    /** Why a cell has not come to its end, if one has not. */
    failure: () => failure?.message ?? '',
    /** Has the kernel end, and takes it back. */
    end: async () => {
      kernel.stdin.end();
      await ended;
      controller.dispose();
    },
  };
};
